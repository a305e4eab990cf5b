import type { FieldError, Problem as ProblemBody } from "./schema";

/** What a request came to, where it came to nothing: what happened, what to do, and the id that support asks for. */
export class Problem extends Error {
  readonly status: number;
  /** stable, the end of `type`; `offline`, `updated`, `page`: see `asProblem` */
  readonly code: string;
  readonly hint: string;
  readonly errors: readonly FieldError[];
  readonly correlation: string;

  constructor(body: Partial<ProblemBody> & { status: number }) {
    super(body.detail || `the server answered ${body.status}`);
    this.name = "Problem";
    this.status = body.status;
    this.code = (body.type ?? "").split(":").at(-1) ?? "";
    this.hint = body.hint ?? "";
    this.errors = body.errors ?? [];
    this.correlation = body.correlation ?? "";
  }

  /** Mistakes by field, as forms show them; a place of the request body loses its `body.`. */
  fields(): Record<string, string> {
    return Object.fromEntries(this.errors.map((one) => [one.field.replace(/^body\./, ""), one.message]));
  }
}

/** What browsers say where a part of the page is not there any more. */
const PART_GONE = /dynamically imported module|importing a module script failed/i;
/** What browsers say where no answer came. */
const NO_ANSWER = /failed to fetch|networkerror|load failed|network connection/i;

/**
 * Return any failure as a Problem. What never reached the server is `offline`; `updated` is a page whose parts the
 * server has no more, because it was updated meanwhile; what else went wrong is the page's own mistake, `page`.
 */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (PART_GONE.test(message)) return own("updated", "Keepstep was updated since this page was opened", "load the page again");
  if (NO_ANSWER.test(message) || (error instanceof DOMException && error.name !== "SyntaxError")) {
    return own("offline", "the server does not answer", "look at your network, then try again");
  }
  return own("page", "this page made a mistake of its own", `load it again; if that does not help, report it with this: ${message}`);
}

function own(code: string, detail: string, hint: string): Problem {
  return new Problem({ status: 0, type: `urn:keepstep:problem:${code}`, detail, hint });
}

export async function problemOf(response: Response): Promise<Problem> {
  try {
    const body: unknown = await response.clone().json();
    return new Problem({ ...(body as Partial<ProblemBody>), status: response.status });
  } catch {
    return new Problem({ status: response.status });
  }
}
