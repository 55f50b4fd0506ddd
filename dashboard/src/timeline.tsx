import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from "chart.js";
import { useEffect, useRef } from "preact/hooks";
import { MAX_AGE_MS } from "./buckets.ts";
import { CountFailed } from "./count-failed.tsx";
import type { Bucket } from "./counts.ts";
import { type Filters, inPeriod, type Part, periodName } from "./filters.ts";
import { type Recounted, useMedia } from "./hooks.ts";
import { type Span, spanBucketName } from "./ranges.ts";
import type { Settings } from "./settings.ts";
import { TEXTS } from "./texts.ts";
import { tone } from "./tone.ts";

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

/** A share of fewer reviews says nothing, so none is shown. */
export const MIN_FOR_SHARE = 10;

const { chart: T, label: labelName } = TEXTS;

type Labels = Pick<Settings, "labels" | "negative">;

interface TimelineProps {
  buckets: Recounted<Bucket[]>;
  /** Whether Firestore can be reached: without it, absent numbers are not being counted. */
  connected: boolean;
  /** The chart shows the whole span; `part` is what the page is narrowed to. */
  filters: Filters;
  settings: Labels;
  /** Called once, when the chart comes into sight. */
  onSeen: () => void;
  onPart: (part: Part | undefined) => void;
}

/** How many reviews have which label over time, and the share of negatives. */
export function Timeline({ buckets, connected, filters, settings, onSeen, onPart }: TimelineProps) {
  const { value, busy, error } = buckets;
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      onSeen();
    });
    observer.observe(section.current as HTMLElement);
    return () => observer.disconnect();
  }, []);
  const { labels, negative } = settings;
  const { range, own, part } = filters;
  const isPart = ({ start }: Bucket): boolean => start.getTime() === part?.start.getTime();
  const toggle = (bucket: Bucket): void =>
    onPart(isPart(bucket) ? undefined : { start: bucket.start, end: bucket.end });
  return (
    <section class="panel" id="timeline" ref={section} aria-labelledby="timeline-title" aria-busy={busy}>
      <h2 id="timeline-title">{T.title}</h2>
      <CountFailed error={error} />
      {value === undefined ? (
        <p class="empty">{connected ? error === undefined && T.counting : TEXTS.unknown}</p>
      ) : (
        <>
          <Plot
            buckets={value}
            span={{ range, own }}
            selected={value.findIndex(isPart)}
            settings={settings}
            onClick={toggle}
          />
          <details>
            <summary>{T.table}</summary>
            <table>
              <thead>
                <tr>
                  <th scope="col">{T.from}</th>
                  {labels.map((label) => (
                    <th key={label} scope="col">
                      {labelName(label)}
                    </th>
                  ))}
                  <th scope="col">{T.shareOf(labelName(negative))}</th>
                </tr>
              </thead>
              <tbody>
                {value.map((bucket) => (
                  <tr key={bucket.start.getTime()}>
                    <th scope="row">
                      <button type="button" class="link" aria-pressed={isPart(bucket)} onClick={() => toggle(bucket)}>
                        {spanBucketName({ range, own }, bucket.start, bucket.end)}
                      </button>
                    </th>
                    {bucket.counts.map((count, i) => (
                      <td key={labels[i]}>{count}</td>
                    ))}
                    <td>{percent(share(bucket, settings))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p class="footnote">{T.footnote(MIN_FOR_SHARE, MAX_AGE_MS / 60_000)}</p>
          </details>
        </>
      )}
    </section>
  );
}

type Plotted = Chart<"bar" | "line", (number | null)[], string>;

interface PlotProps {
  buckets: readonly Bucket[];
  span: Span;
  /** The index of the bucket that the page is narrowed to; -1 for none. */
  selected: number;
  settings: Labels;
  onClick: (bucket: Bucket) => void;
}

/** The alpha channel of bars that are not selected. */
const FADED = "50";

function Plot({ buckets, span, selected, settings, onClick }: PlotProps) {
  const { labels, negative } = settings;
  // For the chart's callbacks, which outlive a render.
  const hasShares = buckets.some((bucket) => share(bucket, settings) !== null);
  const latest = useRef({ buckets, hasShares, onClick });
  latest.current = { buckets, hasShares, onClick };
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Plotted>(undefined);
  const dark = useMedia("(prefers-color-scheme: dark)");
  const still = useMedia("(prefers-reduced-motion: reduce)");

  // The colours depend on `dark`.
  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const style = getComputedStyle(element);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    Chart.defaults.color = colour("--muted");
    Chart.defaults.font.family = style.fontFamily;
    chart.current = new Chart<"bar" | "line", (number | null)[], string>(element, {
      data: {
        labels: [],
        datasets: [
          {
            type: "line",
            label: T.share(labelName(negative), MIN_FOR_SHARE),
            yAxisID: "share",
            borderColor: colour("--text"),
            backgroundColor: colour("--text"),
            borderWidth: 1.5,
            pointRadius: 2.5,
            clip: 8,
            data: [],
          },
          ...labels.map((label) => ({
            type: "bar" as const,
            label: labelName(label),
            yAxisID: "reviews",
            stack: "labels",
            backgroundColor: colour(`--bar-${tone(label)}`),
            data: [],
          })),
        ],
      },
      options: {
        maintainAspectRatio: false,
        animation: still ? false : { duration: 300 },
        interaction: { mode: "index", intersect: false },
        onClick: (_, [element]) => {
          const bucket = latest.current.buckets[element?.index ?? -1];
          if (bucket !== undefined) latest.current.onClick(bucket);
        },
        onHover: (_, elements, { canvas }) => {
          canvas.style.cursor = elements.length > 0 ? "pointer" : "";
        },
        plugins: {
          legend: {
            align: "end",
            labels: {
              usePointStyle: true,
              boxHeight: 7,
              // The shares come first.
              filter: ({ datasetIndex }) => datasetIndex !== 0 || latest.current.hasShares,
            },
          },
          tooltip: {
            callbacks: {
              title: ([item]) => {
                const bucket = latest.current.buckets[item?.dataIndex ?? -1];
                return bucket === undefined ? "" : periodName({ range: "24h", own: undefined, part: bucket });
              },
              footer: () => T.click,
              label: ({ dataset, raw }) =>
                typeof raw !== "number"
                  ? []
                  : `${dataset.label}: ${dataset.yAxisID === "share" ? percent(raw) : String(raw)}`,
            },
          },
        },
        scales: {
          x: { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 12 } },
          reviews: {
            stacked: true,
            position: "left",
            beginAtZero: true,
            grid: { color: colour("--line") },
            ticks: { precision: 0 },
          },
          share: {
            position: "right",
            min: 0,
            max: 100,
            grid: { display: false },
            ticks: { callback: (value) => `${value}%`, stepSize: 25 },
          },
        },
      },
    });
    return () => chart.current?.destroy();
  }, [dark, still, labels, negative]);

  // After the effect above: a new chart is empty.
  useEffect(() => {
    const { data } = chart.current as Plotted;
    data.labels = buckets.map(({ start, end }) => spanBucketName(span, start, end));
    const lines = [
      buckets.map((bucket) => share(bucket, settings)),
      ...labels.map((_, i) => buckets.map(({ counts }) => counts[i] as number)),
    ];
    for (const [i, line] of lines.entries()) Object.assign(data.datasets[i] as object, { data: line });
    const style = getComputedStyle(canvas.current as HTMLCanvasElement);
    for (const [i, label] of labels.entries()) {
      const colour = style.getPropertyValue(`--bar-${tone(label)}`).trim();
      const fade = (_: Bucket, at: number): string => (selected === -1 || selected === at ? colour : colour + FADED);
      Object.assign(data.datasets[i + 1] as object, { backgroundColor: buckets.map(fade) });
    }
    // An axis of nothing would only confuse.
    Object.assign(chart.current?.options.scales?.share as object, { display: hasShares });
    chart.current?.update();
  }, [buckets, span.range, span.own, selected, dark, still, settings]);

  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const parts = labels.map(
    (label, i) => `${total(buckets.map(({ counts }) => counts[i] as number))} ${labelName(label)}`,
  );
  const summary = T.summary(
    inPeriod({ ...span, part: undefined }),
    total(buckets.map(({ labelled }) => labelled)),
    parts.join(", "),
  );
  return (
    <div class="plot">
      <canvas ref={canvas} role="img" aria-label={summary} />
    </div>
  );
}

/** In percent; `null` where there are too few reviews for a share. */
export function share(
  { counts, labelled }: Pick<Bucket, "counts" | "labelled">,
  { labels, negative }: Labels,
): number | null {
  if (labelled < MIN_FOR_SHARE) return null;
  return ((counts[labels.indexOf(negative)] ?? 0) / labelled) * 100;
}

function percent(share: number | null): string {
  return share === null ? TEXTS.none : `${share.toFixed(0)}%`;
}
