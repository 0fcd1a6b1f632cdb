import { WeightsError } from './weights-error';

/** A name of a Python module that a pickle refers to. Without `call` it can only be handed on. */
export class Global {
  constructor(
    readonly name: string,
    readonly call?: (args: readonly unknown[]) => unknown,
  ) {}
}

/** What a pickle may refer to. Both throw a WeightsError for what they do not know. */
export interface PickleWorld {
  global: (module: string, name: string) => Global;
  /** An object that lies outside of the pickle, by what the pickle calls it. */
  persistent: (id: unknown) => unknown;
}

/**
 * Reads a pickle (protocols 2 to 5; Python's pickletools.py has the instructions) and runs nothing of what it names:
 * only the instructions that plain data need are known, and calls go to `world` alone.
 *
 * @returns dicts as Map, lists and tuples as arrays, numbers, texts, booleans, null, and what `world` makes
 * @throws WeightsError for any other instruction, and for a pickle that is cut short or contradicts itself
 */
export function readPickle(bytes: Buffer, world: PickleWorld): unknown {
  return readPickleAt(bytes, 0, world).value;
}

/** The same of a pickle among others; `end` is the place behind it. */
export function readPickleAt(bytes: Buffer, from: number, world: PickleWorld): { value: unknown; end: number } {
  const machine = new Machine(bytes, from, world);
  for (;;) {
    const code = machine.byte();
    if (code === STOP) return { value: machine.pop(), end: machine.at };
    const operation = operations[code];
    if (!operation)
      throw new WeightsError(
        `its pickle has the instruction 0x${code.toString(16).padStart(2, '0')} at byte ${machine.at - 1}, which no state dict ` +
          `needs and which is not run`,
      );
    operation(machine);
  }
}

const STOP = 0x2e;
/** Far more than the largest state dicts have; a short file can ask for any number of them. */
const mostValues = 1_000_000;
const protocols = [2, 5] as const;

class Machine {
  private stack: unknown[] = [];
  /** Heights of the stack at each open mark. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();
  private made = 0;

  constructor(
    private readonly bytes: Buffer,
    public at: number,
    readonly world: PickleWorld,
  ) {}

  /** Takes bytes of the pickle; returns the place of the first. */
  skip(count: number): number {
    if (count > this.bytes.length - this.at) throw new WeightsError('its pickle is cut short');
    this.at += count;
    return this.at - count;
  }

  byte(): number {
    return this.bytes.readUInt8(this.skip(1));
  }
  int16(): number {
    return this.bytes.readUInt16LE(this.skip(2));
  }
  int32(): number {
    return this.bytes.readInt32LE(this.skip(4));
  }
  length32(): number {
    return this.bytes.readUInt32LE(this.skip(4));
  }
  double(): number {
    return this.bytes.readDoubleBE(this.skip(8));
  }
  text(length: number): string {
    const from = this.skip(length);
    return this.bytes.toString('utf8', from, from + length);
  }
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new WeightsError('its pickle is cut short');
    const text = this.text(end - this.at);
    this.skip(1);
    return text;
  }
  /** Little-endian two's complement. */
  long(length: number): number {
    const from = this.skip(length);
    const digits = Buffer.from(this.bytes.subarray(from, from + length))
      .reverse()
      .toString('hex');
    const value = Number(BigInt.asIntN(8 * length, BigInt(`0x0${digits}`)));
    if (!Number.isSafeInteger(value)) throw new WeightsError(`its pickle has a number of ${length} bytes`);
    return value;
  }

  /** Counts values that are made or copied. */
  spend(count: number): void {
    this.made += count;
    if (this.made > mostValues)
      throw new WeightsError(
        `its pickle makes more than ${mostValues.toLocaleString('en')} values, as no state dict does`,
      );
  }

  push(value: unknown): void {
    this.spend(1);
    this.stack.push(value);
  }
  pop(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw new WeightsError('its pickle takes what is not there');
    return this.stack.pop();
  }
  /** The last `count` values, in their order. */
  popMany(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }
  peek(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }
  mark(): void {
    this.marks.push(this.stack.length);
  }
  popToMark(): unknown[] {
    const height = this.marks.pop();
    if (height === undefined) throw new WeightsError('its pickle closes what it never opened');
    return this.stack.splice(height);
  }

  remember(place: number): void {
    this.memo.set(place, this.peek());
  }
  rememberNext(): void {
    this.remember(this.memo.size);
  }
  recall(place: number): void {
    if (!this.memo.has(place)) throw new WeightsError(`its pickle refers to place ${place}, where nothing was kept`);
    this.push(this.memo.get(place));
  }
}

function append(machine: Machine, items: unknown[]): void {
  const list = machine.peek();
  if (!Array.isArray(list)) throw new WeightsError('its pickle appends to what is no list');
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: unknown[]): void {
  const dict = machine.peek();
  if (!(dict instanceof Map) || items.length % 2 === 1) throw new WeightsError('its pickle fills what is no dict');
  for (let at = 0; at < items.length; at += 2) dict.set(items[at], items[at + 1]);
}

function call(machine: Machine): void {
  const [callee, args] = machine.popMany(2);
  if (!(callee instanceof Global) || !Array.isArray(args)) throw new WeightsError('its pickle calls what is no name');
  if (!callee.call) throw new WeightsError(`its pickle calls ${callee.name}, which is only a name here`);
  // One list can be handed on again and again, and is copied each time.
  for (const given of args) machine.spend(Array.isArray(given) ? given.length : 0);
  machine.push(callee.call(args));
}

/** Attributes of an object. An OrderedDict of a state dict has `_metadata`, versions of its modules; nothing else may have any. */
function build(machine: Machine): void {
  machine.pop();
  if (!(machine.peek() instanceof Map)) throw new WeightsError('its pickle gives attributes to what may have none');
}

function stackGlobal(machine: Machine): void {
  const [module, name] = machine.popMany(2);
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new WeightsError('its pickle names what is no name');
  machine.push(machine.world.global(module, name));
}

function protocol(version: number): void {
  if (version < protocols[0] || version > protocols[1])
    throw new WeightsError(`its pickle has protocol ${version}; ${protocols.join(' to ')} can be read`);
}

const operations: Readonly<Record<number, (machine: Machine) => void>> = {
  0x80: (m) => protocol(m.byte()),
  0x95: (m) => void m.skip(8), // FRAME: how much to read ahead
  0x28: (m) => m.mark(),
  0x4e: (m) => m.push(null),
  0x88: (m) => m.push(true),
  0x89: (m) => m.push(false),
  0x4b: (m) => m.push(m.byte()),
  0x4d: (m) => m.push(m.int16()),
  0x4a: (m) => m.push(m.int32()),
  0x8a: (m) => m.push(m.long(m.byte())),
  0x47: (m) => m.push(m.double()),
  0x55: (m) => m.push(m.text(m.byte())), // SHORT_BINSTRING, of Python 2
  0x8c: (m) => m.push(m.text(m.byte())),
  0x58: (m) => m.push(m.text(m.length32())),
  0x7d: (m) => m.push(new Map()),
  0x5d: (m) => m.push([]),
  0x29: (m) => m.push([]),
  0x85: (m) => m.push(m.popMany(1)),
  0x86: (m) => m.push(m.popMany(2)),
  0x87: (m) => m.push(m.popMany(3)),
  0x74: (m) => m.push(m.popToMark()),
  0x61: (m) => append(m, m.popMany(1)),
  0x65: (m) => append(m, m.popToMark()),
  0x73: (m) => setItems(m, m.popMany(2)),
  0x75: (m) => setItems(m, m.popToMark()),
  0x71: (m) => m.remember(m.byte()),
  0x72: (m) => m.remember(m.length32()),
  0x94: (m) => m.rememberNext(),
  0x68: (m) => m.recall(m.byte()),
  0x6a: (m) => m.recall(m.length32()),
  0x63: (m) => m.push(m.world.global(m.line(), m.line())),
  0x93: stackGlobal,
  0x52: call,
  0x62: build,
  0x51: (m) => m.push(m.world.persistent(m.pop())),
};
