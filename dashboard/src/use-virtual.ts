import {
  measureElement,
  observeWindowOffset,
  observeWindowRect,
  type VirtualItem,
  Virtualizer,
  windowScroll,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Shorter lists are drawn whole, so that the browser finds texts in them. */
const VIRTUAL_FROM = 100;

/** In pixels, until a row has been measured. */
const ROW_HEIGHT = 92;

export interface Virtual {
  /** The rows to draw. */
  items: readonly VirtualItem[];
  /** The height of all rows, in pixels. */
  height: number;
  /** The top of the list in the page, which the rows' starts include. */
  margin: number;
  /** Measures a row that has the attribute `data-index`. */
  measure: (row: HTMLElement | null) => void;
}

/** The rows of a long list that are in sight, while the page scrolls; `undefined` for a short list. */
export function useVirtual(list: RefObject<HTMLElement | null>, count: number): Virtual | undefined {
  const [, redraw] = useState(0);
  const [margin, setMargin] = useState(0);
  const virtualizer = useRef<Virtualizer<Window, HTMLElement>>(undefined);
  const active = count > VIRTUAL_FROM;
  const options = {
    count: active ? count : 0,
    getScrollElement: () => window,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollMargin: margin,
    initialOffset: () => scrollY,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    measureElement,
    onChange: () => redraw((before) => before + 1),
  };
  virtualizer.current ??= new Virtualizer<Window, HTMLElement>(options);
  const current = virtualizer.current;
  current.setOptions(options);
  useLayoutEffect(() => current._didMount(), []);
  useLayoutEffect(() => {
    current._willUpdate();
    if (active && list.current !== null) setMargin(Math.round(list.current.getBoundingClientRect().top + scrollY));
  });
  if (!active) return undefined;
  return {
    items: current.getVirtualItems(),
    height: current.getTotalSize(),
    margin,
    measure: (row) => current.measureElement(row),
  };
}
