// A node of the simulated cluster: registers on an engine, and clients that speak JSON to it.

import type { VoterLists } from "../../../cluster/consensus/electorates.ts";
import { Registers } from "../../../cluster/consensus/registers.ts";
import type { RegisterAnswer, TryTimes } from "../../../cluster/consensus/request.ts";
import { ClusterError, type WriteFate } from "../../../cluster/errors.ts";
import { createKeyspace } from "../../../cluster/keyspace.ts";
import type { NodeId, Runtime } from "../../../cluster/runtime.ts";
import { decodeMessage, encodeMessage } from "../../../cluster/simulation/datagram.ts";
import type { Process } from "../../../cluster/simulation/machine.ts";
import { openStore } from "../../../cluster/simulation/store.ts";
import type { RequestId } from "../../../cluster/versioning/version.ts";
import type { EngineModule } from "../../../engines/engine.ts";

export interface ClientRequest extends TryTimes {
  readonly id: RequestId;
  readonly f: "get" | "put" | "cas";
  readonly key: string;
  readonly expected: string | null;
  readonly value: string | null;
  readonly timeoutMs: number;
  /** From 1. */
  readonly attempt: number;
}

export interface ClientAnswer {
  readonly number: number;
  readonly attempt: number;
  readonly value: string | null;
  readonly isSwapped: boolean;
  /** Of a request that failed. */
  readonly fate: WriteFate | undefined;
}

export interface RegisterProcessParts {
  readonly module: EngineModule;
  readonly votersOf: (node: NodeId, key: string) => VoterLists;
  readonly peers: readonly NodeId[] | undefined;
  readonly voters: number;
  readonly watch: (work: Promise<unknown>) => void;
}

/** Of JSON; no message between registers begins with it. */
const BRACE = 0x7b;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class RegisterProcess implements Process {
  readonly #runtime: Runtime;
  readonly #parts: RegisterProcessParts;
  registers: Registers | undefined;

  constructor(runtime: Runtime, parts: RegisterProcessParts) {
    this.#runtime = runtime;
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { module, votersOf, peers, voters, watch } = this.#parts;
    const { network, nodeId } = this.#runtime;
    const registers = new Registers({
      runtime: this.#runtime,
      keyspace: createKeyspace({
        name: "k",
        replicas: { dc1: voters },
        conflicts: "linearizable",
      }),
      votersOf: (key) => votersOf(nodeId, decoder.decode(key)),
      engine: await openStore(module, this.#runtime, watch),
      dir: "/voter",
      send: (to, payload) => network.send(to, payload),
      watch,
      ...(peers === undefined ? {} : { peers: () => peers }),
    });
    await registers.start();
    this.registers = registers;
    network.onDatagram((from, datagram) => {
      if (datagram[0] !== BRACE) registers.receive(from, datagram);
      else watch(this.#serve(from, registers, decodeMessage<ClientRequest>(datagram)));
    });
  }

  async #serve(client: NodeId, registers: Registers, request: ClientRequest): Promise<void> {
    const answer = await this.#ask(registers, request).then(
      ({ value, isSwapped }): Omit<ClientAnswer, "number" | "attempt"> => {
        return { value: textOf(value), isSwapped, fate: undefined };
      },
      (error: unknown) => {
        if (!(error instanceof ClusterError)) throw error;
        return { value: null, isSwapped: false, fate: error.fate };
      },
    );
    const { id, attempt } = request;
    this.#runtime.network.send(client, encodeMessage({ number: id.number, attempt, ...answer }));
  }

  #ask(registers: Registers, request: ClientRequest): Promise<RegisterAnswer> {
    const { f, id, expected, value, timeoutMs } = request;
    const key = encoder.encode(request.key);
    if (f === "get") return registers.get(key, timeoutMs);
    if (f === "put") return registers.put(key, bytesOf(value), id, timeoutMs, request);
    const both = [bytesOf(expected), bytesOf(value)] as const;
    return registers.compareAndSet(key, ...both, id, timeoutMs, request);
  }
}

export function bytesOf(text: string | null): Uint8Array | undefined {
  return text === null ? undefined : encoder.encode(text);
}

export function textOf(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : decoder.decode(bytes);
}
