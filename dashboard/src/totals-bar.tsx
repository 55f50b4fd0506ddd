import type { ComponentChildren } from "preact";
import { CountFailed } from "./count-failed.tsx";
import type { Totals, Unseen } from "./counts.ts";
import type { Recounted } from "./hooks.ts";
import { tone } from "./tone.ts";

interface TotalsBarProps {
  totals: Recounted<Totals>;
  unseen: Recounted<Unseen>;
  labels: readonly string[];
  /** The time in words, alone and in a sentence. */
  period: string;
  inPeriod: string;
  /** Whether Firestore can be reached: without it, absent numbers are not being counted. */
  connected: boolean;
  /** The label that the list is filtered by. */
  label: string | undefined;
  onLabel: (label: string | undefined) => void;
}

const NUMBER = new Intl.NumberFormat();
const PERCENT = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const SENTIMENT = new Intl.NumberFormat(undefined, { signDisplay: "exceptZero", maximumFractionDigits: 2 });

/** How many reviews have which label. Each label is a button that filters the list by it. */
export function TotalsBar({ totals, unseen, labels, period, inPeriod, connected, label, onLabel }: TotalsBarProps) {
  const { value, busy, error } = totals;
  const labelled = value?.labelled ?? 0;
  return (
    <section aria-label={`Totals ${inPeriod}`} aria-busy={busy || unseen.busy}>
      <ul class={`totals ${value === undefined && connected ? "pending" : ""}`}>
        <Total count={value?.labelled} name="labelled" aside={period} />
        {labels.map((name, i) => (
          <li key={name}>
            <button
              type="button"
              class={`total ${tone(name)}`}
              aria-pressed={name === label}
              onClick={() => onLabel(name === label ? undefined : name)}
            >
              <Figures
                count={value?.labels[i]?.count}
                name={name}
                aside={labelled > 0 ? `${PERCENT.format((value?.labels[i]?.count ?? 0) / labelled)} of them` : period}
              />
            </button>
          </li>
        ))}
        <Total
          shown={
            value === undefined ? undefined : value.sentiment === undefined ? "–" : SENTIMENT.format(value.sentiment)
          }
          name="mean sentiment"
          aside="from −1 to +1"
        />
        <Total count={value?.attention} name="need attention" aside={period} />
        <Total count={value?.unread} name="in other languages" aside="not read" />
        <Total count={unseen.value?.waiting} name="not labelled yet" aside="all time" />
        {(unseen.value?.otherLabels ?? 0) > 0 && (
          <Total count={unseen.value?.otherLabels} name="other labels" aside="all time: not in the settings" />
        )}
      </ul>
      {value === undefined && !connected && <p class="stale">Not known: Firestore cannot be reached.</p>}
      <CountFailed error={error ?? unseen.error} />
    </section>
  );
}

interface FiguresProps {
  count?: number | undefined;
  /** In place of `count`. */
  shown?: string | undefined;
  name: string;
  aside: ComponentChildren;
}

function Total(props: FiguresProps) {
  return (
    <li class="total">
      <Figures {...props} />
    </li>
  );
}

function Figures({ count, shown = count === undefined ? undefined : NUMBER.format(count), name, aside }: FiguresProps) {
  return (
    <>
      <span class="count">{shown ?? "–"}</span>
      <span class="name">{name}</span>
      <span class="aside">{aside}</span>
    </>
  );
}
