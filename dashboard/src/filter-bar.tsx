import type { ComponentProps } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { type Filters, NO_FILTERS, readLanguage, readScore, writeFilters } from "./filters.ts";
import { dateOf, type OwnDates, RANGES, type RangeName, readOwnDates, spanEdges } from "./ranges.ts";
import { languageName } from "./review.ts";
import { groupName, type Settings } from "./settings.ts";
import { TEXTS } from "./texts.ts";

const { filters: T } = TEXTS;

/** The option of the time that lets the reader type dates. */
const OWN = "own";

interface FilterBarProps {
  filters: Filters;
  settings: Settings;
  /** Suggestions; any other model can be typed. */
  models: readonly string[];
  /** Suggestions, as codes; any other language can be typed. */
  languages: readonly string[];
  /** Suggestions; any other can be typed. */
  groups: readonly string[];
  onChange: (filters: Filters) => void;
}

export function FilterBar({ filters, settings, models, languages, groups, onChange }: FilterBarProps) {
  const id = useId();
  const score = (name: "scoreFrom" | "scoreTo", title: string, placeholder: string) => (
    <TypedFilter
      title={title}
      type="number"
      inputMode="decimal"
      min="0"
      max="1"
      step="0.01"
      placeholder={placeholder}
      hint={T.scoreHint}
      committed={filters[name]?.toString() ?? ""}
      onCommit={(text) => onChange({ ...filters, [name]: readScore(text) })}
    />
  );
  const suggestions = (name: string, values: readonly string[], title?: (value: string) => string) => (
    <datalist id={`${id}-${name}`}>
      {values.map((value) => (
        <option key={value} value={value} label={title?.(value)} />
      ))}
    </datalist>
  );
  const { model, scoreFrom, scoreTo } = filters;
  return (
    <search class="filters" aria-label={T.title}>
      <label>
        {T.time}
        <select
          value={filters.own === undefined ? filters.range : OWN}
          onChange={({ currentTarget: { value } }) =>
            onChange({
              ...filters,
              part: undefined,
              ...(value === OWN ? { own: datesOf(filters) } : { range: value as RangeName, own: undefined }),
            })
          }
        >
          {Object.entries(RANGES).map(([name, { title }]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
          <option value={OWN}>{TEXTS.ownDates}</option>
        </select>
      </label>
      {filters.own !== undefined && (
        <Dates own={filters.own} onChange={(own) => onChange({ ...filters, own, part: undefined })} />
      )}
      <label>
        {T.label}
        <select
          value={filters.label ?? ""}
          onChange={({ currentTarget }) => onChange({ ...filters, label: currentTarget.value || undefined })}
        >
          <option value="">{T.any}</option>
          {settings.labels.map((label) => (
            <option key={label} value={label}>
              {TEXTS.label(label)}
            </option>
          ))}
        </select>
      </label>
      {settings.groupField !== undefined && (
        <TypedFilter
          title={groupName(settings)}
          type="text"
          list={`${id}-groups`}
          placeholder={T.any}
          autocomplete="off"
          committed={filters.group ?? ""}
          onCommit={(text) => onChange({ ...filters, group: text || undefined })}
        />
      )}
      {suggestions("groups", groups)}
      <TypedFilter
        title={T.language}
        type="text"
        list={`${id}-languages`}
        placeholder={T.any}
        pattern="\s*[A-Za-z]{2,3}\s*"
        hint={T.languageHint}
        spellcheck={false}
        autocomplete="off"
        committed={filters.language ?? ""}
        onCommit={(text) => onChange({ ...filters, language: readLanguage(text) })}
      />
      {suggestions("languages", languages, languageName)}
      <details class="more-filters" open={model !== undefined || scoreFrom !== undefined || scoreTo !== undefined}>
        <summary>{T.more}</summary>
        <div class="filters">
          <TypedFilter
            title={T.model}
            type="text"
            list={`${id}-models`}
            placeholder={T.any}
            spellcheck={false}
            autocomplete="off"
            committed={filters.model ?? ""}
            onCommit={(text) => onChange({ ...filters, model: text.trim() || undefined })}
          />
          {suggestions("models", models)}
          {score("scoreFrom", T.scoreFrom, "0")}
          {score("scoreTo", T.scoreTo, "1")}
        </div>
      </details>
      <button
        type="button"
        onClick={() => onChange({ ...NO_FILTERS, view: filters.view })}
        disabled={writeFilters({ ...filters, view: NO_FILTERS.view }).size === 0}
      >
        {T.reset}
      </button>
    </search>
  );
}

/** The days of the range that is shown: what own dates begin with. */
function datesOf({ range, own }: Filters): OwnDates {
  const now = new Date();
  const [start] = spanEdges({ range, own }, now) as [Date];
  return { since: dateOf(start), until: dateOf(now) };
}

function Dates({ own, onChange }: { own: OwnDates; onChange: (own: OwnDates) => void }) {
  const day = (name: keyof OwnDates, title: string) => (
    <TypedFilter
      title={title}
      type="date"
      required
      min={name === "until" ? own.since : undefined}
      max={name === "since" ? own.until : undefined}
      hint={T.datesHint}
      committed={own[name]}
      onCommit={(text) => {
        const typed = { ...own, [name]: text };
        onChange(readOwnDates(typed.since, typed.until) ?? own);
      }}
    />
  );
  return (
    <>
      {day("since", T.since)}
      {day("until", T.until)}
    </>
  );
}

type TypedFilterProps = ComponentProps<"input"> & {
  title: string;
  committed: string;
  /** Shown when the text does not match the attributes. */
  hint?: string;
  onCommit: (text: string) => void;
};

/** A field that keeps what is being typed while the page around it changes, and reports it when it is complete. */
function TypedFilter({ title, committed, hint, onCommit, ...attributes }: TypedFilterProps) {
  const id = useId();
  const [draft, setDraft] = useState(committed);
  const [refused, setRefused] = useState(false);
  useEffect(() => setDraft(committed), [committed]);
  const commit = (input: HTMLInputElement): void => {
    setRefused(!input.validity.valid);
    if (input.validity.valid) onCommit(input.value);
  };
  return (
    <div class="filter">
      <label>
        {title}
        <input
          {...attributes}
          value={draft}
          aria-invalid={refused}
          aria-describedby={refused ? id : undefined}
          onInput={({ currentTarget }) => setDraft(currentTarget.value)}
          onChange={({ currentTarget }) => commit(currentTarget)}
        />
      </label>
      {refused && (
        <p id={id} class="hint" role="alert">
          {hint}
        </p>
      )}
    </div>
  );
}
