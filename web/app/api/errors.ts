import type { ErrorBody, ErrorCode, FaultView } from './types';

/** A request that the server refused or that did not reach it: what happened and what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    readonly code: ErrorCode | 'unreachable',
    message: string,
    /** What to do. */
    readonly next: string,
    readonly requestId: string | undefined,
    /** Every fault of a body that did not validate. */
    readonly faults: FaultView[] = [],
    /** After how many seconds to try again, when the server says so. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }

  /** The fault of one field, to show beside it. */
  fault(field: string): string | undefined {
    const fault = this.faults.find((one) => one.field === field);
    return fault && `${fault.message} ${fault.next}`.trim();
  }
}

/** Whether an unknown value has the shape of the server's error body. */
export function isErrorBody(value: unknown): value is ErrorBody {
  return (
    typeof value === 'object' && value !== null &&
    'code' in value && typeof value.code === 'string' &&
    'message' in value && typeof value.message === 'string' &&
    'next' in value && typeof value.next === 'string'
  );
}
