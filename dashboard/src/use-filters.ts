import { useEffect, useState } from "preact/hooks";
import { type Filters, readFilters, writeFilters } from "./filters.ts";

/** Filters that are part of the page's address. */
export function useFilters(): [Filters, (filters: Filters) => void] {
  const read = (): Filters => readFilters(new URLSearchParams(location.search));
  const [filters, setFilters] = useState(read);
  useEffect(() => {
    const update = (): void => setFilters(read());
    addEventListener("popstate", update);
    return () => removeEventListener("popstate", update);
  }, []);
  return [
    filters,
    (changed) => {
      const search = writeFilters(changed).toString();
      history.pushState(null, "", search === "" ? location.pathname : `?${search}`);
      setFilters(changed);
    },
  ];
}
