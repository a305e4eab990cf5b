import type { FieldError, Problem as ProblemBody } from "./schema";

/** What a request came to, where it came to nothing: what happened, what to do, and the id that support asks for. */
export class Problem extends Error {
  readonly status: number;
  /** stable, the end of `type`; `offline` where no answer came */
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

/** Return any failure as a Problem; what never reached the server is `offline`. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const offline = { status: 0, type: "urn:keepstep:problem:offline", detail: "the server does not answer" };
  return new Problem({ ...offline, hint: "look at your network, then try again" });
}

export async function problemOf(response: Response): Promise<Problem> {
  try {
    const body: unknown = await response.clone().json();
    return new Problem({ ...(body as Partial<ProblemBody>), status: response.status });
  } catch {
    return new Problem({ status: response.status });
  }
}
