import {
  describeMachine,
  engineVariables,
  flagsOf,
  hasBf16,
  heldFlags,
  holdTo,
  peakMemory,
  processorOf,
} from '../../bench/machine';

test('the instruction sets that matter are told from /proc/cpuinfo, as whole words', () => {
  const cpuinfo =
    'processor\t: 0\nflags\t\t: fpu avx avx2 avx512f avx512_bf16x amx_tile amx_bf16\nbugs\t\t: avx512_vnni\n';
  expect(flagsOf(cpuinfo)).toEqual(['avx2', 'avx512f', 'amx_bf16']);
  expect(flagsOf('')).toEqual([]);
});

test("a processor's generation is told beside its name, where the system says it", () => {
  const cpuinfo = 'cpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\nmicrocode\t: 0x1000065\n';
  expect(processorOf(cpuinfo, 'AMD EPYC ')).toBe('AMD EPYC (family 25, model 17)');
  expect(processorOf('model name\t: ARM\n', 'ARM')).toBe('ARM');
  expect(processorOf('', undefined)).toBe('unknown');
});

test('bf16 is measured where the processor has AMX or AVX512-BF16', () => {
  const machine = describeMachine();
  expect(hasBf16({ ...machine, flags: ['avx2', 'avx512f'] })).toBe(false);
  expect(hasBf16({ ...machine, flags: ['avx512_bf16'] })).toBe(true);
  expect(hasBf16({ ...machine, flags: ['amx_bf16'] })).toBe(true);
});

test("a process's peak memory is in MiB, and does not fall when memory is given back", () => {
  const before = peakMemory(process.pid);
  expect(before).toBeGreaterThan(20);
  expect(before).toBeLessThan(100_000);
  Buffer.alloc(64 * 2 ** 20, 1);
  expect(peakMemory(process.pid)).toBeGreaterThanOrEqual(before);
});

test('a processor held to an instruction set is another machine than one that has no more', () => {
  expect(heldFlags(['avx2', 'avx512f', 'amx_bf16'], 'avx2')).toEqual(['avx2', 'held to avx2']);
  expect(heldFlags(['avx2'], 'avx2')).toEqual(['avx2']);
  expect(heldFlags(['avx2', 'avx512_bf16', 'amx_bf16'], 'avx512')).toEqual(['avx2', 'avx512_bf16', 'held to avx512']);
  expect(heldFlags(['avx2', 'avx512_bf16'], 'avx512')).toEqual(['avx2', 'avx512_bf16']);
});

test.each([
  ['avx2', 'AVX2', 'avx2', 'AVX2'],
  ['avx512', 'AVX512_CORE_BF16', 'avx512', 'AVX512'],
] as const)('held to %s are both sides and what is said of the machine, or nothing is', (isa, onednn, aten, mkl) => {
  const { flags } = describeMachine();
  process.env['MKL_ENABLE_INSTRUCTIONS'] = 'of the environment';
  holdTo(isa);
  expect(engineVariables()).toEqual({ ONEDNN_MAX_CPU_ISA: onednn });
  expect(process.env).toMatchObject({
    ...{ ONEDNN_MAX_CPU_ISA: onednn, ATEN_CPU_CAPABILITY: aten, MKL_ENABLE_INSTRUCTIONS: mkl },
  });
  expect(describeMachine().flags).toEqual(heldFlags(flags, isa));
  if (isa === 'avx2') expect(hasBf16(describeMachine())).toBe(false);
  holdTo(null);
  expect(engineVariables()).toEqual({});
  expect(process.env['ATEN_CPU_CAPABILITY']).toBeUndefined();
  expect(process.env['MKL_ENABLE_INSTRUCTIONS']).toBeUndefined();
});
