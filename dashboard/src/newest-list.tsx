import { type Filters, inPeriod, NO_FILTERS, SORTS, type Sort, sortedBy, writeFilters } from "./filters.ts";
import { ReviewList, type ReviewListProps } from "./review-list.tsx";
import type { Settings } from "./settings.ts";

interface NewestListProps extends Omit<ReviewListProps, "id" | "title" | "tools" | "children"> {
  filters: Filters;
  settings: Settings;
  /** How many reviews are loaded, with those that are hidden. */
  loaded: number;
  onFilters: (filters: Filters) => void;
}

/** The labelled reviews, with what sorts and hides them. */
export function NewestList({ filters, settings, loaded, onFilters, ...list }: NewestListProps) {
  return (
    <ReviewList
      {...list}
      id="newest"
      title={[SORTS[filters.sort].title, filters.label ?? []].flat().join(": ")}
      tools={
        <>
          <label class="hide-done">
            <input
              type="checkbox"
              checked={filters.hideDone}
              onChange={({ currentTarget }) => onFilters({ ...filters, hideDone: currentTarget.checked })}
            />
            Hide done
          </label>
          <label class="sort">
            Sort by
            <select
              value={filters.sort}
              onChange={({ currentTarget }) =>
                onFilters(sortedBy(currentTarget.value as Sort, filters, settings.negative))
              }
            >
              {Object.entries(SORTS).map(([name, { option }]) => (
                <option key={name} value={name}>
                  {option}
                </option>
              ))}
            </select>
          </label>
        </>
      }
    >
      {filters.hideDone && loaded > 0 ? (
        <p>All {loaded} reviews loaded so far are done.</p>
      ) : isNarrowed(filters) ? (
        <>
          <p>No review {inPeriod(filters)} matches the filters.</p>
          <button type="button" onClick={() => onFilters({ ...NO_FILTERS, range: filters.range })}>
            Remove the filters
          </button>
        </>
      ) : (
        <p>
          No labelled review {inPeriod(filters)}. Choose a longer time
          {/* A project on emulators that this command has started is unknown to other commands. */}
          {settings.emulator === undefined && (
            <>
              , or publish one: <code>npm run publish -- --input FILE</code>
            </>
          )}
          . New labels appear here by themselves.
        </p>
      )}
    </ReviewList>
  );
}

/** Whether filters other than the time range exclude reviews. */
function isNarrowed(filters: Filters): boolean {
  const { range, sort, hideDone } = NO_FILTERS;
  return writeFilters({ ...filters, range, sort, hideDone }).size > 0;
}
