/** What the doctor has found, and what it could not look at. */
import { enableCommand, type GoogleApi, GoogleApiError, type GoogleService } from "../../shared/backends/google-api.ts";
import type { PathTemplate } from "../../shared/path.ts";

/** What is examined: the names that the worker is configured with. */
export interface Target {
  project: string;
  database: string;
  topic: string;
  subscription: string;
  deadLetterTopic: string;
  deadLetterSubscription: string;
  reviewsPath: PathTemplate;
  resultField: string;
  /** Google's emulators, which have no permissions, regions or Cloud Run. */
  isEmulator: boolean;
}

/** A fault. */
export interface Finding {
  /** Stable: programs may compare it. */
  code: string;
  /** One sentence. */
  problem: string;
  /** The command that mends it, or a sentence if there is none. */
  fix: string;
}

/** Something that could not be examined. */
export interface Unchecked {
  check: string;
  why: string;
}

export class Report {
  readonly findings: Finding[] = [];
  readonly unchecked: Unchecked[] = [];
  /** What was examined, in order. */
  readonly checked: string[] = [];

  found(code: string, problem: string, fix: string): void {
    // Two checks may meet one fault.
    if (this.findings.some((finding) => finding.code === code && finding.problem === problem)) return;
    this.findings.push({ code, problem, fix });
  }

  couldNot(check: string, why: string): void {
    this.unchecked.push({ check, why });
  }

  done(check: string): void {
    this.checked.push(check);
  }
}

/** What every check gets. */
export interface Examination {
  api: GoogleApi;
  target: Target;
  report: Report;
}

/** Without these APIs nothing works. Without one of the others its part is not in use, or cannot be examined. */
const REQUIRED: readonly GoogleService[] = ["pubsub", "firestore"];
const OPTIONAL: readonly GoogleService[] = ["run", "eventarc"];

/**
 * Asks Google something. What cannot be asked is reported, with what to do about it.
 * @param check what the answer is for, as it completes "could not check …"
 * @returns `null` if there is no such thing, `undefined` if nothing is known
 */
export async function ask<T>(
  { report, target }: Examination,
  check: string,
  question: () => Promise<T>,
): Promise<T | null | undefined> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof GoogleApiError)) throw error;
    const { service, status, message } = error;
    if (error.isApiDisabled) {
      const enable = enableCommand(service, target.project);
      if (REQUIRED.includes(service))
        report.found("api-disabled", `The API ${service}.googleapis.com is not enabled in this project.`, enable);
      else if (OPTIONAL.includes(service)) return null;
      else report.couldNot(check, `the API ${service}.googleapis.com is not enabled: ${enable}`);
      return undefined;
    }
    if (status === 404) return null;
    report.couldNot(check, status === 501 ? "an emulator does not know it" : message.replace(/\s+/g, " "));
    return undefined;
  }
}

/** An IAM policy. https://cloud.google.com/iam/docs/reference/rest/v1/Policy */
export interface Policy {
  bindings?: { role: string; members?: string[]; condition?: { expression?: string } }[];
}

/**
 * Whether a policy grants a member one of the roles. A custom role may hold any permission and counts too.
 * @param resource of a condition that restricts a grant to one resource
 */
export function grants(
  policy: Policy | null | undefined,
  member: string,
  roles: readonly string[],
  resource?: string,
): boolean {
  return (policy?.bindings ?? []).some(
    ({ role, members = [], condition }) =>
      members.includes(member) &&
      (roles.includes(role) || !role.startsWith("roles/")) &&
      (condition?.expression === undefined || resource === undefined || condition.expression.includes(resource)),
  );
}
