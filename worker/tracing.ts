/**
 * Spans, by OpenTelemetry's API only: without an SDK (see telemetry.ts) they cost next to nothing and go nowhere. They hold counts
 * and codes, never texts.
 */
import {
  type Attributes,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import type { Delivery } from "../shared/queue.ts";

const tracer = trace.getTracer("review-sentiment");

/** Does work in a span. Spans and log entries of that work belong to it. */
export function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return inSpan(name, { attributes }, context.active(), work);
}

/**
 * Does the work that deliveries ask for in a span. The span belongs to the trace of the publisher of the first delivery and links
 * to those of the others: a span has one parent, but a batch may come from many messages.
 */
export function tracedFrom<T>(
  deliveries: readonly Delivery[],
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  const publishers = deliveries.flatMap((delivery) => publisherOf(delivery) ?? []);
  // Prefers a trace that its publisher records.
  const [first] = publishers.toSorted((a, b) => Number(isSampled(b)) - Number(isSampled(a)));
  const parent = first === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, first);
  const links = publishers.map((context) => ({ context }));
  return inSpan(name, { attributes, links, kind: SpanKind.CONSUMER }, parent, work);
}

/** Marks the active span as failed, with a code. */
export function failed(code: string): void {
  trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** Fields by which Cloud Logging finds the trace of an entry. https://cloud.google.com/logging/docs/structured-logging#special-payload-fields */
export function traceFields(projectId: string | undefined): Record<string, unknown> {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return {};
  return {
    "logging.googleapis.com/trace":
      projectId === undefined ? span.traceId : `projects/${projectId}/traces/${span.traceId}`,
    "logging.googleapis.com/spanId": span.spanId,
    "logging.googleapis.com/trace_sampled": isSampled(span),
  };
}

function inSpan<T>(
  name: string,
  options: Parameters<typeof tracer.startSpan>[1] & object,
  parent: typeof ROOT_CONTEXT,
  work: () => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).name });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Google's clients put the publisher's trace into attributes of the message. https://cloud.google.com/pubsub/docs/open-telemetry-tracing */
const PREFIX = "googclient_";
const attributesOf: TextMapGetter<Delivery> = {
  keys: ({ attributes }) =>
    Object.keys(attributes).flatMap((key) => (key.startsWith(PREFIX) ? [key.slice(PREFIX.length)] : [])),
  get: ({ attributes }, key) => attributes[PREFIX + key],
};

function publisherOf(delivery: Delivery): SpanContext | undefined {
  return trace.getSpanContext(propagation.extract(ROOT_CONTEXT, delivery, attributesOf));
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}
