import { useEffect, useRef } from "preact/hooks";

/** Keys that act while nothing is being typed. An action that returns `false` leaves the key to the browser. */
export function useShortcuts(actions: Readonly<Record<string, () => unknown>>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { key, target, ctrlKey, metaKey, altKey } = event;
      if (ctrlKey || metaKey || altKey || (target as Element).matches("input:not([type=checkbox]), textarea, select"))
        return;
      const action = Object.hasOwn(latest.current, key) ? latest.current[key] : undefined;
      if (action !== undefined && action() !== false) event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}
