import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WorkloadError } from "../../workloads/errors.ts";
import { RecordLayout } from "../../workloads/record.ts";

const CONSTANT = { fieldCount: 3, fieldLengthMaxBytes: 4, constant: true };

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function text(value: Uint8Array): string {
  return Buffer.from(value).toString("latin1");
}

describe("constant lengths", () => {
  const layout = new RecordLayout(CONSTANT);

  test("a record is its fields and nothing else", () => {
    const record = layout.encode([bytes("aaaa"), bytes("bbbb"), bytes("cccc")]);
    expect(text(record)).toBe("aaaabbbbcccc");
    expect(text(layout.field(record, 1))).toBe("bbbb");
  });

  test("merging replaces one field, in a view that is used again", () => {
    const record = bytes("aaaabbbbcccc");
    const merged = layout.mergeField(record, 2, bytes("dddd"));
    expect(text(merged)).toBe("aaaabbbbdddd");
    expect(text(record)).toBe("aaaabbbbcccc");
    expect(layout.mergeField(record, 0, bytes("eeee")).buffer).toBe(merged.buffer);
  });

  test.each([
    ["a record of another length", () => layout.mergeField(bytes("short"), 0, bytes("aaaa"))],
    ["an empty record", () => layout.field(new Uint8Array(0), 0)],
    ["a field of another length", () => layout.mergeField(bytes("aaaabbbbcccc"), 0, bytes("a"))],
    ["too few fields", () => layout.encode([bytes("aaaa")])],
  ])("%s is a typed error", (_what, call) => {
    expect(call).toThrow(WorkloadError);
    expect(call).toThrow("does not fit 3 fields of 4 bytes");
  });
});

describe("varying lengths", () => {
  test.each([
    [100, 3],
    [300, 6],
    [70_000, 12],
  ])("up to %i bytes: a header of %i bytes", (fieldLengthMaxBytes, headerBytes) => {
    const layout = new RecordLayout({ fieldCount: 3, fieldLengthMaxBytes, constant: false });
    expect(layout.headerBytes).toBe(headerBytes);
    const fields = [bytes("a"), bytes(""), bytes("x".repeat(fieldLengthMaxBytes))];
    const record = layout.encode(fields);
    expect(record.length).toBe(headerBytes + 1 + fieldLengthMaxBytes);
    fields.forEach((field, i) => {
      expect(text(layout.field(record, i))).toBe(text(field));
    });
  });

  test("any sequence of merges agrees with a plain array of fields", () => {
    const layout = new RecordLayout({ fieldCount: 4, fieldLengthMaxBytes: 300, constant: false });
    const field = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(
        fc.tuple(field, field, field, field),
        fc.array(fc.tuple(fc.nat(3), field), { maxLength: 8 }),
        (start, merges) => {
          const fields: Uint8Array[] = [...start];
          let record = layout.encode(fields);
          for (const [place, value] of merges) {
            fields[place] = value;
            record = Uint8Array.from(layout.mergeField(record, place, value));
          }
          expect(Buffer.compare(record, layout.encode(fields))).toBe(0);
          fields.forEach((expected, i) => {
            expect(Buffer.compare(layout.field(record, i), expected)).toBe(0);
          });
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  test("a record with a byte more or less is a typed error", () => {
    const layout = new RecordLayout({ fieldCount: 2, fieldLengthMaxBytes: 9, constant: false });
    const record = layout.encode([bytes("abc"), bytes("de")]);
    for (const wrong of [record.subarray(1), Buffer.concat([record, bytes("x")]), bytes("")]) {
      expect(() => layout.mergeField(wrong, 0, bytes("a"))).toThrow("up to 9 bytes");
    }
  });
});
