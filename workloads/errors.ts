// Errors of workloads that a user can meet. Dispatch on `code`, never on the message.

/**
 * - `WORKLOAD_PROPERTY_UNKNOWN`: no such property; the message gives the nearest.
 * - `WORKLOAD_PROPERTY_REFUSED`: a property of YCSB that means nothing here; the message says why.
 * - `WORKLOAD_PROPERTY_VALUE`: a value that the property does not take, alone or beside another.
 * - `WORKLOAD_PROPERTY_SYNTAX`: text that is no properties file or no `key=value`.
 * - `WORKLOAD_UNKNOWN`: no preset, benchmark or distribution of this name.
 * - `WORKLOAD_VALUE`: an argument out of range that did not come from a property.
 * - `WORKLOAD_WINDOW_FULL`: more inserts unacknowledged at once than the window holds.
 * - `WORKLOAD_RECORD`: the store gave back a record that has not the layout of the workload.
 */
export type WorkloadErrorCode =
  | "WORKLOAD_PROPERTY_UNKNOWN"
  | "WORKLOAD_PROPERTY_REFUSED"
  | "WORKLOAD_PROPERTY_VALUE"
  | "WORKLOAD_PROPERTY_SYNTAX"
  | "WORKLOAD_UNKNOWN"
  | "WORKLOAD_VALUE"
  | "WORKLOAD_WINDOW_FULL"
  | "WORKLOAD_RECORD";

export class WorkloadError extends Error {
  readonly code: WorkloadErrorCode;
  /** The property that it is about, when it is about one. */
  readonly property: string | undefined;

  constructor(code: WorkloadErrorCode, message: string, property?: string) {
    super(message);
    this.name = "WorkloadError";
    this.code = code;
    this.property = property;
  }
}
