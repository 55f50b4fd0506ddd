import { CountFailed } from "./count-failed.tsx";
import type { Totals, Unseen } from "./counts.ts";
import type { Recounted } from "./hooks.ts";
import { tone } from "./tone.ts";

interface TotalsBarProps {
  totals: Recounted<Totals>;
  unseen: Recounted<Unseen>;
  /** In words. */
  period: string;
  /** The one that the list shows, if it is one. */
  label: string | undefined;
  onLabel: (label: string | undefined) => void;
}

const NUMBER = new Intl.NumberFormat();
const PERCENT = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });

/** How many reviews have which label. Each label is a button that makes the list show only it. */
export function TotalsBar({ totals: { value, busy, error }, unseen, period, label, onLabel }: TotalsBarProps) {
  const number = (count: number | undefined): string => (count === undefined ? "–" : NUMBER.format(count));
  return (
    <section aria-label={`Totals of the ${period}`} aria-busy={busy}>
      <ul class="totals">
        <li class="total">
          <span class="count">{number(value?.labelled)}</span>
          <span class="name">labelled</span>
          <span class="aside">{period}</span>
        </li>
        {value?.labels.map(({ label: name, count }) => (
          <li key={name}>
            <button
              type="button"
              class={`total ${tone(name)}`}
              aria-pressed={name === label}
              onClick={() => onLabel(name === label ? undefined : name)}
            >
              <span class="count">{number(count)}</span>
              <span class="name">{name}</span>
              <span class="aside">
                {value.labelled > 0 ? `${PERCENT.format(count / value.labelled)} of them` : period}
              </span>
            </button>
          </li>
        ))}
        <li class="total">
          <span class="count">{number(value?.failed)}</span>
          <span class="name">could not be labelled</span>
          <span class="aside">{period}</span>
        </li>
        {unseen.value !== undefined && unseen.value.otherLabels > 0 && (
          <li class="total">
            <span class="count">{number(unseen.value.otherLabels)}</span>
            <span class="name">other labels</span>
            <span class="aside">of all times: not in the settings</span>
          </li>
        )}
        <li class="total">
          <span class="count">{number(unseen.value?.waiting)}</span>
          <span class="name">without a result</span>
          <span class="aside">of all times</span>
        </li>
      </ul>
      <CountFailed error={error ?? unseen.error} />
    </section>
  );
}
