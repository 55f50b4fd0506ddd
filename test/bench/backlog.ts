import type { BacklogOutcome, BacklogTurn } from "./backlog-process.ts";
import { Contestant } from "./contestant.ts";
import { IMAGE_ENV } from "./deployed-worker.ts";
import type { Part, Row } from "./part.ts";
import { median, ratio, round, takeTurns } from "./turns.ts";

const WAITING = [1_000, 10_000, 100_000, 1_000_000];
/** Number of measured messages ahead of each backlog. */
const MESSAGES = 20_000;
/** Number of messages in the memory measurement, a thousand at a time. */
const SOAK = 1_000_000;

/** Measures whether a message costs more when many are waiting, and whether memory grows with the number of processed messages. */
export const backlog: Part = {
  title: "backlog: cost of a message without inference, in-memory backend",
  inMemory: true,
  async run({ rounds, say }) {
    const file = new URL("./backlog-process.ts", import.meta.url);
    say("backlog");
    // With a real queue, the waiting messages would be elsewhere. Here they are in this process, so its heap is not limited.
    const env = { ...IMAGE_ENV, NODE_OPTIONS: "--max-semi-space-size=4" };
    const contestant = await Contestant.start<BacklogTurn, BacklogOutcome>(file, [], env);
    const outcomes = await takeTurns<BacklogOutcome, string>(
      rounds,
      Object.fromEntries(
        WAITING.map((waiting) => [
          `${waiting} wait`,
          () => contestant.take({ waiting, messages: MESSAGES, atATime: MESSAGES }),
        ]),
      ),
    );
    await contestant.stop();
    const costs = (waiting: number): number[] =>
      (outcomes[`${waiting} wait`] ?? []).map(({ cpuUsPerMessage }) => cpuUsPerMessage);
    const rows: Row[] = WAITING.map((waiting) => ({
      waiting,
      messages: MESSAGES,
      "CPU, us/message": round(median(costs(waiting))),
      "relative to the first": round(ratio(costs(waiting), costs(WAITING[0] as number))),
    }));

    say(`memory over ${SOAK} messages`);
    const soaked = await Contestant.start<BacklogTurn, BacklogOutcome>(file, [], IMAGE_ENV);
    const { cpuUsPerMessage, rssMb } = await soaked.take({ waiting: 0, messages: SOAK, atATime: 1_000 });
    await soaked.stop();
    const early = median(rssMb.slice(10, 20));
    const late = median(rssMb.slice(-10));
    rows.push({
      waiting: "up to 1,000",
      messages: SOAK,
      "CPU, us/message": round(cpuUsPerMessage),
      "memory early, MB": round(early),
      "memory late, MB": round(late),
      "late / early": round(late / early),
    });
    return rows;
  },
};
