import { calibrationError, type Prediction, scoreBins } from "../../model/metrics.ts";

/** Pixels: the square of the bars, its margins, and the height of the counts below. */
const SIZE = 360;
const LEFT = 56;
const TOP = 44;
const COUNTS = 60;

/**
 * A reliability diagram (Guo et al. 2017, figure 1) as an SVG document. Each bin of scores has a bar as high as the accuracy of its
 * texts; with perfect calibration every bar reaches the diagonal. Below are the numbers of texts.
 */
export function reliabilityDiagram(predictions: readonly Prediction[], title: string): string {
  const bins = scoreBins(predictions);
  const most = Math.max(...bins.map(({ count }) => count), 1);
  const bottom = TOP + SIZE;
  const x = (score: number): number => LEFT + score * SIZE;
  const y = (share: number): number => bottom - share * SIZE;
  const bar = (from: number, to: number, top: number, height: number, fill: string, tip: string): string =>
    `<rect x="${px(x(from) + 1)}" y="${px(top)}" width="${px((to - from) * SIZE - 2)}" height="${px(height)}" fill="${fill}"><title>${tip}</title></rect>`;
  const text = (at: number, down: number, anchor: string, content: string): string =>
    `<text x="${px(at)}" y="${px(down)}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
  const marks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const width = LEFT + SIZE + 24;
  const height = bottom + 24 + COUNTS + 40;
  const countsBottom = bottom + 24 + COUNTS;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(LEFT, 18, "start", title),
    text(
      LEFT,
      34,
      "start",
      `${predictions.length} texts, expected calibration error ${calibrationError(predictions).toFixed(4)}`,
    ),
    ...bins
      .filter(({ count }) => count > 0)
      .flatMap(({ from, to, count, confidence, accuracy }) => {
        const tip = `${from.toFixed(2)} to ${to.toFixed(2)}: ${count} texts, mean score ${confidence.toFixed(3)}, accuracy ${accuracy.toFixed(3)}`;
        const tall = (count / most) * COUNTS;
        return [
          bar(from, to, y(accuracy), accuracy * SIZE, "#4878a8", tip),
          // The bar's end with perfect calibration.
          `<path d="M${px(x(from) + 1)} ${px(y(confidence))}h${px((to - from) * SIZE - 2)}" stroke="#c33" stroke-width="2"/>`,
          bar(from, to, countsBottom - tall, tall, "#999", tip),
        ];
      }),
    `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#666" stroke-dasharray="4 4"/>`,
    `<path d="M${LEFT} ${TOP}V${bottom}H${x(1)}M${LEFT} ${countsBottom}H${x(1)}" fill="none" stroke="#222"/>`,
    ...marks.map((mark) => text(LEFT - 6, y(mark) + 4, "end", mark.toFixed(1))),
    ...marks.map((mark) => text(x(mark), countsBottom + 16, "middle", mark.toFixed(1))),
    text(LEFT - 6, countsBottom - COUNTS + 8, "end", String(most)),
    text(LEFT + SIZE / 2, countsBottom + 34, "middle", "score; bar: accuracy, red: mean score, below: texts"),
    "</svg>",
  ].join("\n")}\n`;
}

function px(value: number): string {
  return String(Number(value.toFixed(2)));
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
