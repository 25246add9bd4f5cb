// Short histories as one line of text, for tests that are read by people.
//
// Words are events: `a?put:x=1` process a (a letter) asks, `a!` its operation ends well, `a!=1,2` a
// get ends with values, `a~` ends in info, `a-` fails. A `<c` behind an invocation carries the
// context c, a `>c` behind an end gives it.

import type {
  EventType,
  HistoryEvent,
  HistoryFunction,
} from "../../../cluster/checking/history.ts";

const WORD =
  /^([a-z])([?!~-])(?:(get|put|delete|cas):(\w+))?(?:=([\w,:]*))?(?:<(\w+))?(?:>(\w+))?$/;
const TYPES: Readonly<Record<string, EventType>> = {
  "?": "invoke",
  "!": "ok",
  "~": "info",
  "-": "fail",
};

export function historyOf(text: string): HistoryEvent[] {
  const open = new Map<string, { f: HistoryFunction; key: string; value: string | undefined }>();
  return text
    .trim()
    .split(/\s+/)
    .map((word, index) => {
      const match = WORD.exec(word);
      if (match === null) throw new Error(`no event: ${word}`);
      const [, process, mark, name, name2, value, ctxIn, ctxOut] = match;
      const type = TYPES[mark!]!;
      const asked = { f: name as HistoryFunction, key: name2!, value };
      if (type === "invoke") open.set(process!, asked);
      const { f, key, value: written } = open.get(process!) ?? asked;
      const isRead = f === "get" && type === "ok";
      const siblings = (value ?? "").split(",").filter((one) => one !== "");
      return {
        index,
        time: index * 1000,
        process: process!.charCodeAt(0) - 97,
        session: process!,
        type,
        f,
        key,
        ...(isRead ? { siblings } : {}),
        ...(f === "cas" ? { value: written!.split(",") as [string, string] } : {}),
        ...(f === "put" && written !== undefined ? { value: written } : {}),
        ...(ctxIn === undefined ? {} : { ctxIn }),
        ...(ctxOut === undefined ? {} : { ctxOut }),
      };
    });
}
