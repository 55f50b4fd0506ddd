import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";
import { monitoredResource, type Signals } from "./signals.ts";

/** In Monitoring's grid of 48 columns. */
const TILE = { width: 16, height: 12 };

/** One page for the person on call: throughput, backlog, failures, and the state of the instances. */
export function createDashboard(
  settings: Settings,
  signals: pulumi.Output<Signals>,
  options: pulumi.CustomResourceOptions,
): void {
  new gcp.monitoring.Dashboard(
    "worker",
    { dashboardJson: signals.apply((signals) => JSON.stringify(pageOf(settings, signals))) },
    options,
  );
}

function pageOf(settings: Settings, signals: Signals): object {
  const { type, label, name } = monitoredResource(settings);
  const widgets = [
    chart("Messages a second", [
      ["published", signals.published],
      ["acked", signals.acked],
    ]),
    chart("Backlog, messages", [["waiting or in flight", signals.backlog]]),
    chart("Oldest message, seconds", [["oldest", signals.oldestUnacked]]),
    chart("Dead-lettered messages", [["waiting", signals.deadLetters]]),
    chart("Nacked messages a second, by reason", [[`\${labels.reason}`, signals.nackedByReason]]),
    chart("Failed instances in 10 minutes", [["failed", signals.deaths]]),
    chart("Instances", [[`\${labels.state}`, signals.instances]]),
    chart("CPU and memory in use, p95 of instances", [
      ["CPU", signals.cpu],
      ["memory", signals.memory],
    ]),
    {
      title: "Warnings and errors",
      logsPanel: { filter: `resource.type="${type}" resource.labels.${label}="${name}" severity>=WARNING` },
    },
  ];
  const tiles = widgets.map((widget, i) => ({
    xPos: (i % 3) * TILE.width,
    yPos: Math.floor(i / 3) * TILE.height,
    ...TILE,
    widget,
  }));
  return { displayName: settings.name, mosaicLayout: { columns: 48, tiles } };
}

function chart(title: string, lines: [legend: string, query: string][]): object {
  return {
    title,
    xyChart: {
      dataSets: lines.map(([legendTemplate, prometheusQuery]) => ({
        plotType: "LINE",
        legendTemplate,
        timeSeriesQuery: { prometheusQuery },
      })),
    },
  };
}
