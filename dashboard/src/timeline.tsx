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
import { CountFailed } from "./count-failed.tsx";
import type { Bucket } from "./counts.ts";
import { type Recounted, useMedia } from "./hooks.ts";
import { bucketName, RANGES, type RangeName } from "./ranges.ts";

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

interface TimelineProps {
  buckets: Recounted<Bucket[]>;
  range: RangeName;
  /** The label whose share is shown. */
  negative: string;
}

/** The share of negatives over time, above the number of reviews that it is a share of. */
export function Timeline({ buckets: { value, busy, error }, range, negative }: TimelineProps) {
  return (
    <section class="panel" id="timeline" aria-labelledby="timeline-title" aria-busy={busy}>
      <h2 id="timeline-title">Share of {negative} over time</h2>
      <CountFailed error={error} />
      {value === undefined ? (
        <p class="empty">{error === undefined && "Counting …"}</p>
      ) : (
        <>
          <Plot buckets={value} range={range} negative={negative} />
          <details>
            <summary>As a table</summary>
            <table>
              <thead>
                <tr>
                  <th scope="col">from</th>
                  <th scope="col">labelled</th>
                  <th scope="col">{negative}</th>
                  <th scope="col">share</th>
                </tr>
              </thead>
              <tbody>
                {value.map(({ start, labelled, negative: count }) => (
                  <tr key={start.getTime()}>
                    <th scope="row">{bucketName(range, start)}</th>
                    <td>{labelled}</td>
                    <td>{count}</td>
                    <td>{labelled > 0 ? `${share({ labelled, negative: count })?.toFixed(0)} %` : "–"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </>
      )}
    </section>
  );
}

function Plot({ buckets, range, negative }: { buckets: readonly Bucket[]; range: RangeName; negative: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<"bar" | "line", (number | null)[], string>>(undefined);
  const dark = useMedia("(prefers-color-scheme: dark)");
  const still = useMedia("(prefers-reduced-motion: reduce)");

  // `dark` changes what the colours are.
  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const style = getComputedStyle(element);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const grid = { color: colour("--line") };
    Chart.defaults.color = colour("--muted");
    Chart.defaults.font.family = style.fontFamily;
    chart.current = new Chart<"bar" | "line", (number | null)[], string>(element, {
      data: {
        labels: [],
        datasets: [
          {
            type: "line",
            label: `${negative}, % of labelled`,
            yAxisID: "share",
            borderColor: colour("--negative"),
            backgroundColor: colour("--negative"),
            borderWidth: 2,
            pointRadius: 3,
            cubicInterpolationMode: "monotone",
            clip: 8,
            spanGaps: true,
            data: [],
          },
          {
            type: "bar",
            label: "reviews labelled",
            yAxisID: "reviews",
            backgroundColor: colour("--bars"),
            borderRadius: 3,
            data: [],
          },
        ],
      },
      options: {
        maintainAspectRatio: false,
        animation: still ? false : { duration: 300 },
        interaction: { mode: "index", intersect: false },
        plugins: { legend: { align: "end", labels: { usePointStyle: true, boxHeight: 7 } } },
        scales: {
          x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 12 } },
          share: {
            position: "left",
            min: 0,
            max: 100,
            grid,
            ticks: { callback: (value) => `${value} %`, stepSize: 25 },
          },
          reviews: {
            position: "right",
            beginAtZero: true,
            grace: "50%",
            grid: { display: false },
            ticks: { precision: 0 },
          },
        },
      },
    });
    return () => chart.current?.destroy();
  }, [dark, still, negative]);

  // After the other, for a new chart is empty.
  useEffect(() => {
    const { data } = chart.current as Chart<"bar" | "line", (number | null)[], string>;
    data.labels = buckets.map(({ start }) => bucketName(range, start));
    for (const [i, values] of [buckets.map(share), buckets.map(({ labelled }) => labelled)].entries())
      Object.assign(data.datasets[i] as object, { data: values });
    chart.current?.update();
  }, [buckets, range, dark, still, negative]);

  const labelled = buckets.reduce((sum, bucket) => sum + bucket.labelled, 0);
  const negatives = buckets.reduce((sum, bucket) => sum + bucket.negative, 0);
  const summary = `Chart of the ${RANGES[range].title}: ${negatives} of ${labelled} labelled reviews are ${negative}. The table below has its numbers.`;
  return (
    <div class="plot">
      <canvas ref={canvas} role="img" aria-label={summary} />
    </div>
  );
}

/** In percent; `null` of nothing. */
function share({ labelled, negative }: Pick<Bucket, "labelled" | "negative">): number | null {
  return labelled > 0 ? (negative / labelled) * 100 : null;
}
