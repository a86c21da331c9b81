import type { Fault, FaultCode } from "../gen/wire";

/** faultCodes are all codes that there are. */
export const faultCodes: ReadonlySet<string> = new Set<FaultCode>([
  "invalid", "not_found", "conflict", "unauthorized", "locked", "forbidden", "unavailable", "unsupported",
  "exhausted", "fenced", "canceled", "timeout", "malformed", "internal",
]);

/** FaultError is a fault as something to throw. Programs look at code, people read message and remedy. */
export class FaultError extends Error {
  readonly code: FaultCode;
  readonly remedy: string | undefined;
  readonly field: string | undefined;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = "FaultError";
    this.code = fault.code;
    this.remedy = fault.remedy;
    this.field = fault.field;
  }

  /** The fault as data. */
  get fault(): Fault {
    return { code: this.code, message: this.message, remedy: this.remedy, field: this.field };
  }
}

/** fault makes an error with a code. */
export function fault(code: FaultCode, message: string, remedy?: string): FaultError {
  return new FaultError({ code, message, remedy });
}

/** readFault takes whatever a partner sent as a fault: the set of codes is closed, an unknown one reads as internal. */
export function readFault(raw: unknown): FaultError {
  const f = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  const text = (v: unknown) => (typeof v === "string" && v !== "" ? v : undefined);
  const code = text(f.code);
  return new FaultError({
    code: code !== undefined && faultCodes.has(code) ? (code as FaultCode) : "internal",
    message: text(f.message) ?? "something went wrong",
    remedy: text(f.remedy),
    field: text(f.field),
  });
}

/** asFault makes a FaultError of anything that was thrown. */
export function asFault(thrown: unknown): FaultError {
  if (thrown instanceof FaultError) return thrown;
  if (thrown instanceof DOMException && thrown.name === "AbortError") return fault("canceled", "stopped");
  return fault("internal", thrown instanceof Error ? thrown.message : String(thrown));
}
