import type { ComponentProps } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { type Filters, NO_FILTERS, readLanguage, readScore, writeFilters } from "./filters.ts";
import { RANGES, type RangeName } from "./ranges.ts";
import { languageName } from "./review.ts";
import type { Settings } from "./settings.ts";

interface FilterBarProps {
  filters: Filters;
  settings: Settings;
  /** Suggestions; any other model can be typed. */
  models: readonly string[];
  /** Suggestions, as codes; any other language can be typed. */
  languages: readonly string[];
  onChange: (filters: Filters) => void;
}

export function FilterBar({ filters, settings, models, languages, onChange }: FilterBarProps) {
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
      hint="Not applied: 0 to 1, such as 0.75."
      committed={filters[name]?.toString() ?? ""}
      onCommit={(text) => onChange({ ...filters, [name]: readScore(text) })}
    />
  );
  return (
    <search class="filters" aria-label="Filters">
      <label>
        Time
        <select
          value={filters.range}
          onChange={({ currentTarget }) =>
            onChange({ ...filters, range: currentTarget.value as RangeName, part: undefined })
          }
        >
          {Object.entries(RANGES).map(([name, { title }]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        Label
        <select
          value={filters.label ?? ""}
          onChange={({ currentTarget }) => onChange({ ...filters, label: currentTarget.value || undefined })}
        >
          <option value="">any</option>
          {settings.labels.map((label) => (
            <option key={label}>{label}</option>
          ))}
        </select>
      </label>
      <TypedFilter
        title="Model"
        type="text"
        list={`${id}-models`}
        placeholder="any"
        spellcheck={false}
        autocomplete="off"
        committed={filters.model ?? ""}
        onCommit={(text) => onChange({ ...filters, model: text.trim() || undefined })}
      />
      <datalist id={`${id}-models`}>
        {models.map((model) => (
          <option key={model} value={model} />
        ))}
      </datalist>
      <TypedFilter
        title="Language"
        type="text"
        list={`${id}-languages`}
        placeholder="any"
        pattern="\s*[A-Za-z]{2,3}\s*"
        hint="Not applied: a code such as en or es."
        spellcheck={false}
        autocomplete="off"
        committed={filters.language ?? ""}
        onCommit={(text) => onChange({ ...filters, language: readLanguage(text) })}
      />
      <datalist id={`${id}-languages`}>
        {languages.map((code) => (
          <option key={code} value={code} label={languageName(code)} />
        ))}
      </datalist>
      {score("scoreFrom", "Score from", "0")}
      {score("scoreTo", "Score to", "1")}
      <button type="button" onClick={() => onChange(NO_FILTERS)} disabled={writeFilters(filters).size === 0}>
        Reset
      </button>
    </search>
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
