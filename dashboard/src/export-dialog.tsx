import { useEffect, useRef, useState } from "preact/hooks";
import { MAX_EXPORTED, saveFile, toCsv } from "./export.ts";
import type { Filters } from "./filters.ts";
import { hidesSome } from "./listing.ts";
import type { Review } from "./review.ts";
import { TEXTS } from "./texts.ts";

const { export: T } = TEXTS;

interface ExportDialogProps {
  /** How many reviews the filters select, as far as it is known. */
  expected: number | undefined;
  inPeriod: string;
  filters: Filters;
  /** Reads what the filters select. */
  read(signal: AbortSignal, onProgress: (read: number) => void): Promise<{ reviews: readonly Review[]; cut: boolean }>;
  onClose: () => void;
}

type State =
  | { step: "ready" }
  | { step: "running"; read: number }
  | { step: "finished"; rows: number; cut: boolean }
  | { step: "failed"; message: string };

/** Says what an export costs, makes the file, and shows how far it is. */
export function ExportDialog({ expected, inPeriod, filters, read, onClose }: ExportDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<State>({ step: "ready" });
  const abort = useRef(new AbortController());
  useEffect(() => {
    dialog.current?.showModal();
    return () => abort.current.abort();
  }, []);
  const start = async (): Promise<void> => {
    setState({ step: "running", read: 0 });
    const { signal } = abort.current;
    try {
      const { reviews, cut } = await read(signal, (done) => setState({ step: "running", read: done }));
      saveFile(`reviews-${new Date().toISOString().slice(0, 10)}.csv`, await toCsv(reviews), "text/csv;charset=utf-8");
      setState({ step: "finished", rows: reviews.length, cut });
    } catch (error) {
      if (!signal.aborted) setState({ step: "failed", message: (error as Error).message });
    }
  };
  const most = Math.min(expected ?? MAX_EXPORTED, MAX_EXPORTED);
  return (
    <dialog ref={dialog} class="detail-dialog export" aria-labelledby="export-title" onClose={onClose} closedby="any">
      <article>
        <header>
          <h2 id="export-title">{T.title}</h2>
        </header>
        <p>
          {expected !== undefined && T.what(expected, inPeriod)}{" "}
          {expected === undefined ? T.unknownCost(MAX_EXPORTED) : T.cost(expected, MAX_EXPORTED)}
        </p>
        {hidesSome(filters) && <p>{T.hidden}</p>}
        {filters.find !== "" && <p>{T.find(filters.find)}</p>}
        {state.step === "running" && (
          <p>
            <progress value={Math.min(state.read, most)} max={Math.max(1, most)} aria-label={T.progress} />
            {T.running(state.read)}
          </p>
        )}
        <p role="status">{state.step === "finished" && T.finished(state.rows, state.cut)}</p>
        {state.step === "failed" && <p role="alert">{T.failed(state.message)}</p>}
        <div class="actions">
          {(state.step === "ready" || state.step === "failed") && (
            <button type="button" class="primary" onClick={start}>
              {T.start}
            </button>
          )}
          <button type="button" onClick={() => dialog.current?.close()}>
            {state.step === "running" ? T.cancel : T.close}
          </button>
        </div>
      </article>
    </dialog>
  );
}
