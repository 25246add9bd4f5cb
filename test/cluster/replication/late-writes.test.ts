// Writes of clients that come late, or again, through real nodes: none is done twice.

import { expect, it } from "vitest";
import { SLOTS } from "../../../cluster/slot-table.ts";
import { encode } from "../../../cluster/transport/codec.ts";
import { Kind, type PutMessage } from "../../../cluster/transport/message.ts";
import { ended } from "../client/fake-cluster.ts";
import { bytes, inCluster, texts } from "./small-cluster.ts";

/** More than a register remembers. */
const MANY = 1100;
const LINEARIZABLE = { keyspace: { conflicts: "linearizable" } } as const;

it("a retry is not done when nobody can know whether the first try was", async () => {
  await inCluster(LINEARIZABLE, async (cluster) => {
    const [at, other] = cluster.primariesOf("k");
    const { network } = cluster.world;
    const client = cluster.client({
      ...{ at: at!, timeoutMs: 20_000, attemptTimeoutMs: 12_000, attemptsMax: 2 },
    });
    const answers = network.link(at!, "client1");
    answers.oneWayCuts++;
    const once = ended(client.put("data", bytes("k"), bytes("once")));
    await cluster.sleep(100);
    const others = cluster.client({ at: other! });
    expect(texts((await others.get("data", bytes("k"))).values)).toEqual(["once"]);
    for (let i = 0; i < MANY; i++) await others.put("data", bytes("k"), bytes("other"));
    expect(once).toEqual({});
    answers.oneWayCuts--;
    await cluster.sleep(13_000);
    expect(once.error).toMatchObject({ code: "CLUSTER_TIMEOUT", fate: "unknown" });
    expect(once.error!.message).toContain("read the key");
    expect(texts((await others.get("data", bytes("k"))).values)).toEqual(["other"]);
  });
});

it("a datagram that comes again, or far behind later ones, is not done", async () => {
  await inCluster(LINEARIZABLE, async (cluster) => {
    const at = cluster.primariesOf("k")[0]!;
    const { network } = cluster.world;
    const answered: number[] = [];
    const put = (turn: number, value: string): Uint8Array => {
      const message: PutMessage = {
        ...{ kind: Kind.put, attempt: turn * SLOTS, epoch: 0, keyspace: "data", timeoutMs: 500 },
        // An id of its own each time: registers would know the request.
        ...{ key: bytes("k"), value: bytes(value), id: { client: 5, number: answered.length } },
        ...{ context: undefined, consistency: {}, wantsValues: false, ageMs: 0, aloneMs: 500 },
      };
      return encode(message).slice();
    };
    const names = ["clientX", "clientY"];
    for (const name of names) network.attach(name, () => answered.push(0) > 0);
    const send = async (from: string, turn: number, value: string): Promise<string[]> => {
      network.send(from, at, put(turn, value));
      await cluster.sleep(100);
      return texts((await cluster.client({ at }).get("data", bytes("k"))).values);
    };
    expect(await send("clientX", 3, "a")).toEqual(["a"]);
    expect(await send("clientX", 2, "b")).toEqual(["b"]);
    expect(await send("clientX", 3, "again")).toEqual(["b"]);
    expect(await send("clientX", 90_000, "c")).toEqual(["c"]);
    expect(await send("clientX", 3, "again")).toEqual(["c"]);
    expect(await send("clientX", 4, "late")).toEqual(["c"]);
    // The client is who it says that it is, wherever it sends from.
    expect(await send("clientY", 90_000, "again")).toEqual(["c"]);
    expect(await send("clientY", 89_999, "d")).toEqual(["d"]);
    expect(answered).toHaveLength(4);
  });
});
