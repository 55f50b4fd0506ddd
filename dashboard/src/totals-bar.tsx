import type { ComponentChildren } from "preact";
import { CountFailed } from "./count-failed.tsx";
import { countOf, countsUndated, type Failures, meanSentiment, type Totals, type Unseen } from "./counts.ts";
import type { Recounted } from "./hooks.ts";
import type { Settings } from "./settings.ts";
import { TEXTS } from "./texts.ts";
import { MIN_FOR_SHARE } from "./timeline.tsx";
import { polarity, tone } from "./tone.ts";
import type { Corrections, WorkLeft } from "./use-data.ts";

const { totals: T } = TEXTS;

interface TotalsBarProps {
  totals: Recounted<Totals>;
  /** Of the time before. */
  before: Recounted<Totals>;
  /** Shown elsewhere, but why it could not be counted is said here. */
  work: Recounted<WorkLeft>;
  failures: Recounted<Failures>;
  unseen: Recounted<Unseen>;
  corrections: Corrections;
  settings: Settings;
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
const POINTS = new Intl.NumberFormat(undefined, { signDisplay: "exceptZero", maximumFractionDigits: 1 });
const CHANGE = new Intl.NumberFormat(undefined, {
  style: "percent",
  signDisplay: "exceptZero",
  maximumFractionDigits: 0,
});
const SENTIMENT = new Intl.NumberFormat(undefined, { signDisplay: "exceptZero", maximumFractionDigits: 2 });

/** How many reviews have which label, and how that has changed. Each label is a button that filters the list by it. */
export function TotalsBar(props: TotalsBarProps) {
  const {
    totals,
    before: earlier,
    work,
    failures,
    unseen,
    corrections,
    settings,
    period,
    inPeriod,
    connected,
    label,
    onLabel,
  } = props;
  const { labels, createdField = "" } = settings;
  const { value, busy, error } = totals;
  const before = earlier.value;
  // Without a connection or after a failure, nothing is being counted.
  const isCounting = ({ value, error }: Recounted<unknown>): boolean =>
    connected && value === undefined && error === undefined;
  const pending = isCounting(totals);
  const waiting = createdField === "" || countsUndated(settings) ? T.waiting : T.waitingOrUndated(createdField);
  const sentiment = value && meanSentiment(value);
  return (
    <section aria-label={T.title(inPeriod)} aria-busy={busy || unseen.busy}>
      <ul class="totals main">
        <Total
          pending={pending}
          count={value?.labelled}
          name={T.labelled}
          aside={period}
          change={<GrowthOf value={value} before={before} />}
        />
        {labels.map((name) => (
          <li key={name}>
            <button
              type="button"
              class={`total ${tone(name)}`}
              aria-pressed={name === label}
              onClick={() => onLabel(name === label ? undefined : name)}
            >
              <Figures
                pending={pending}
                count={value && countOf(value, name)}
                name={TEXTS.label(name)}
                aside={
                  value && value.labelled > 0 ? T.share(PERCENT.format(countOf(value, name) / value.labelled)) : period
                }
                change={<ShareChange value={value} before={before} label={name} />}
              />
            </button>
          </li>
        ))}
        <Total
          pending={pending}
          shown={value && (sentiment === undefined ? TEXTS.none : SENTIMENT.format(sentiment))}
          name={T.sentiment}
          aside={T.sentimentScale}
          change={<SentimentChange value={value} before={before} />}
        />
      </ul>
      <ul class="totals minor">
        <Total
          pending={isCounting(failures)}
          count={failures.value?.attention}
          name={T.attention(failures.value?.attention)}
          aside={period}
        />
        <Total pending={isCounting(failures)} count={failures.value?.unread} name={T.unread} aside={T.unreadAside} />
        <Total pending={isCounting(unseen)} count={unseen.value?.waiting} name={waiting} aside={T.allTime} />
        {(unseen.value?.undated ?? 0) > 0 && (
          <Total
            count={unseen.value?.undated}
            name={T.undated(createdField)}
            aside={`${T.allTime}: ${T.undatedAside}`}
          />
        )}
        {(unseen.value?.otherLabels ?? 0) > 0 && (
          <Total count={unseen.value?.otherLabels} name={T.otherLabels} aside={`${T.allTime}: ${T.otherLabelsAside}`} />
        )}
        {(corrections.count > 0 || !corrections.complete) && (
          <li class="corrected">{T.corrected(corrections.count, corrections.complete)}</li>
        )}
      </ul>
      {value === undefined && !connected && <p class="stale">{TEXTS.unknown}</p>}
      <CountFailed error={error ?? failures.error ?? unseen.error ?? work.error ?? earlier.error} />
    </section>
  );
}

interface Compared {
  value: Totals | undefined;
  before: Totals | undefined;
}

function GrowthOf({ value, before }: Compared) {
  if (!value || !before || before.labelled < MIN_FOR_SHARE) return null;
  const growth = value.labelled / before.labelled - 1;
  return <Change text={CHANGE.format(growth)} sign={growth} then={NUMBER.format(before.labelled)} />;
}

/** In percentage points; of few reviews it would say nothing. */
function ShareChange({ value, before, label }: Compared & { label: string }) {
  if (!value || !before || Math.min(value.labelled, before.labelled) < MIN_FOR_SHARE) return null;
  const then = countOf(before, label) / before.labelled;
  const change = countOf(value, label) / value.labelled - then;
  return (
    <Change
      text={TEXTS.points(POINTS.format(change * 100))}
      sign={change}
      good={polarity(label)}
      then={PERCENT.format(then)}
    />
  );
}

function SentimentChange({ value, before }: Compared) {
  if (!value || !before || Math.min(value.labelled, before.labelled) < MIN_FOR_SHARE) return null;
  const [now, then] = [meanSentiment(value), meanSentiment(before)];
  if (now === undefined || then === undefined) return null;
  return <Change text={SENTIMENT.format(now - then)} sign={now - then} good={1} then={SENTIMENT.format(then)} />;
}

/** @param good 1 if more is better, -1 if more is worse */
function Change({ text, sign, good = 0, then }: { text: string; sign: number; good?: number; then: string }) {
  const meaning = sign * good;
  return (
    <span class={`change ${meaning > 0 ? "better" : meaning < 0 ? "worse" : ""}`} title={T.beforeTitle(then)}>
      <span aria-hidden="true">{sign > 0 ? "▲" : sign < 0 ? "▼" : "●"}</span> {text}
      <span class="visually-hidden">{T.beforeTitle(then)}</span>
    </span>
  );
}

interface FiguresProps {
  /** Whether it is being counted for the first time. */
  pending?: boolean;
  count?: number | undefined;
  /** In place of `count`. */
  shown?: string | undefined;
  name: string;
  aside: ComponentChildren;
  /** Against the time before. */
  change?: ComponentChildren;
}

function Total(props: FiguresProps) {
  return (
    <li class="total">
      <Figures {...props} />
    </li>
  );
}

function Figures({ pending, count, shown, name, aside, change }: FiguresProps) {
  return (
    <>
      <span class={`count ${pending ? "pending" : ""}`}>
        {shown ?? (count === undefined ? TEXTS.none : NUMBER.format(count))}
      </span>
      <span class="name">{name}</span>
      <span class="aside">{aside}</span>
      {change}
    </>
  );
}
