/** What a program computes its convolutions and matrix products in; weights, statistics and losses are float32 in all. */
export const precisions = ['fp32', 'bf16', 'fp16'] as const;
export type Precision = (typeof precisions)[number];

/**
 * Whether a processor computes in bf16, by the flags that Linux tells of it: AVX-512 BF16 or AMX, for which oneDNN has
 * kernels. Elsewhere bf16 is emulated, slower than fp32.
 */
export const cpuComputesBf16 = (flags: string): boolean => /\b(avx512_bf16|amx_bf16)\b/.test(flags);

/** Whether NVIDIA GPUs of these compute capabilities (8.6, say) all compute in bf16: Ampere and later. */
export const gpusComputeBf16 = (capabilities: readonly number[]): boolean =>
  capabilities.length > 0 && capabilities.every((capability) => capability >= 8);

/** What `precision: auto` stands for on a device, and why. docs/precision.md has what was measured. */
export function autoPrecision({ device, bf16 }: { device: 'cpu' | 'gpu'; bf16: boolean }): {
  precision: Precision;
  reason: string;
} {
  const where = device === 'gpu' ? 'the GPU' : 'the processor';
  return bf16
    ? { precision: 'bf16', reason: `${where} computes in it, faster than in fp32` }
    : { precision: 'fp32', reason: `${where} does not compute in bf16` };
}
