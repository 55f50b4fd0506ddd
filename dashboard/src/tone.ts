/** The colour class of a label: that of its meaning where its name tells it. */
export function tone(label: string | undefined): "negative" | "positive" | "neutral" {
  if (/^neg/i.test(label ?? "")) return "negative";
  return /^pos/i.test(label ?? "") ? "positive" : "neutral";
}
