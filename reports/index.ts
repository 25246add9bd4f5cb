// What reports offer to the rest of the house: a result in, a report out.

export { parseResult, resultJsonSchema } from "./parse-result.ts";
export { writeReport } from "./write.ts";
export { ycsbJsonArray, ycsbMeasurements, ycsbText } from "./ycsb-text.ts";
