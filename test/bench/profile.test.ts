import { accountOf } from '../../bench/profile/account';
import { flopsOf, parsePrimitive } from '../../bench/profile/onednn-lines';
import { profilePage } from '../../bench/profile/profile-table';

// As oneDNN 3.7 in TensorFlow 2.21 printed them.
const memory =
  'src:bf16::blocked:acdb::f0 wei:bf16:a:blocked:ABcd16b16a::f0 bia:undef::undef::: dst:bf16::blocked:acdb::f0';
const filterGradient =
  `onednn_verbose,v1,primitive,exec,cpu,convolution,jit_bf16_1x1:avx512_core_bf16,backward_weights,${memory},,` +
  'alg:convolution_direct,mb64_ic256oc512_ih6oh3kh1sh2dh0ph0_iw6ow3kw1sw2dw0pw0,12.5959';
const forward =
  'onednn_verbose,v1,primitive,exec,cpu,convolution,brg_conv_fwd:avx512_core,forward_training,src:f32::blocked:acdb::f0 ' +
  'wei:f32:a:blocked:Adcb16a::f0 bia:undef::undef::: dst:f32::blocked:acdb::f0,attr-scratchpad:user,' +
  'alg:convolution_direct,mb32_ic1oc16_ih32oh14kh5sh2dh0ph0_iw32ow14kw5sw2dw0pw0,0.136963';
const product =
  'onednn_verbose,v1,primitive,exec,cpu,matmul,brg_matmul:avx512_core,undef,src:f32::blocked:abc::f0 ' +
  'wei:f32::blocked:abc::f0 dst:f32::blocked:abc::f0,attr-scratchpad:user,,64x288x96:64x96x32,18.0042';
const reorder =
  'onednn_verbose,v1,primitive,exec,cpu,reorder,brgemm_matmul_copy_reorder_t,undef,src:f32::blocked:abcd::f0 ' +
  'dst:f32::blocked:adbc::f0,,,64x96x96x3,34.6331';
const norm =
  'onednn_verbose,v1,primitive,exec,cpu,batch_normalization,bnorm_tbb_jit:avx512_core_bf16,backward,' +
  'data:bf16::blocked:acdb::f0 diff:bf16::blocked:acdb::f0,,flags:CH,mb64ic512ih3iw3,3.16187';

test('a convolution, in every direction, is counted as forward', () => {
  const flops = 2 * 64 * 256 * 512 * 3 * 3;
  expect(parsePrimitive(filterGradient)).toEqual({
    ...{ kind: 'convolution', direction: 'backward_weights', dtype: 'bf16', milliseconds: 12.5959, flops },
    shape: 'mb64_ic256oc512_ih6oh3kh1sh2dh0ph0_iw6ow3kw1sw2dw0pw0',
  });
  const found = parsePrimitive(forward);
  expect(found).toMatchObject({ kind: 'convolution', direction: 'forward', dtype: 'f32' });
  expect(found?.flops).toBe(2 * 32 * 1 * 16 * 14 * 14 * 5 * 5);
});

test('matrix products, with leading dimensions that broadcast', () => {
  expect(parsePrimitive(product)).toMatchObject({ kind: 'matmul', direction: '', flops: 2 * 64 * 288 * 96 * 32 });
  expect(flopsOf('matmul', '64x512:512x4096')).toBe(2 * 64 * 512 * 4096);
  expect(flopsOf('matmul', '1x8x4:6x4x2')).toBe(2 * 6 * 8 * 4 * 2);
  expect(flopsOf('inner_product', 'mb64ic512oc4096')).toBe(2 * 64 * 512 * 4096);
  expect(flopsOf('convolution', 'g4mb2_ic8oc8_ih4oh4kh3sh1dh0ph1_iw4ow4kw3sw1dw0pw1')).toBe(
    (2 * 2 * 8 * 8 * 16 * 9) / 4,
  );
});

test('what is not counted in products has a time and a shape', () => {
  expect(parsePrimitive(reorder)).toMatchObject({ kind: 'reorder', shape: '64x96x96x3', flops: null });
  expect(parsePrimitive(norm)).toMatchObject({
    direction: 'backward',
    dtype: 'bf16',
    shape: 'mb64ic512ih3iw3',
    flops: null,
  });
});

test('versions with a time stamp, and of 2.x without "v1", are read; other lines are not', () => {
  expect(parsePrimitive(product.replace('primitive,exec', '123.5,primitive,exec'))).toEqual(parsePrimitive(product));
  expect(parsePrimitive(product.replace(',v1,primitive', ''))).toEqual(parsePrimitive(product));
  for (const other of [
    '',
    'onednn_verbose,v1,info,cpu,runtime:threadpool,nthr:1',
    'onednn_verbose,v1,primitive,info,template:operation,engine,primitive,implementation,exec_time',
    'onednn_verbose,v1,graph,exec,cpu,1,misc,op,fmt,src,strict,dnnl,backend,1.5',
    'onednn_verbose,v1,primitive,create:cache_miss,cpu,matmul,x,undef,src:f32,,,2x2:2x2,1.5',
    `${product.slice(0, -8)},`,
    'words that a library prints',
  ])
    expect(parsePrimitive(other)).toBeNull();
});

const lines = [filterGradient, filterGradient, product, norm].map((line) => {
  const found = parsePrimitive(line);
  if (!found) throw new Error(line);
  return found;
});
const account = accountOf(lines, { steps: 2, secondsPerStep: 0.02, inter: 2 });

test('an account is of one step, in shares of the time on all operations side by side', () => {
  expect(account.total).toBe(40);
  const [first, second, third] = account.byShape;
  expect(first).toMatchObject({ operation: 'convolution backward_weights bf16', calls: 1, milliseconds: 12.5959 });
  expect(first?.share).toBeCloseTo(12.5959 / 40);
  expect(first?.gflops).toBeCloseTo((2 * 64 * 256 * 512 * 9) / 12.5959e-3 / 1e9);
  expect(second).toMatchObject({ operation: 'matmul f32', calls: 0.5, milliseconds: 9.0021 });
  expect(third).toMatchObject({ operation: 'batch_normalization backward bf16', gflops: null });
  expect(account.byType.map(({ shape }) => shape)).toEqual([null, null, null]);
  expect(account.outside).toBeCloseTo(40 - 12.5959 - 9.0021 - 1.580935);
});

test('the page sets each product beside the rate of its own precision, and tells what oneDNN does not know', () => {
  const of = {
    name: 'net',
    machine: 'a cpu',
    measured: '2026-01-01',
    training: 'abc',
    threads: { intra: 1, inter: 2 },
    batch: 64,
  };
  const rates = { f32: 200, bf16: 60 };
  const page = profilePage({ ...of, secondsPerStep: 0.02, secondsPerStepAlone: 0.01, rates }, account);
  expect(page).toContain("10.0 ms (6,400 images/s), with oneDNN's log 20.0 ms");
  expect(page).toContain('| convolution backward_weights bf16 | 1.00 | 12.6 | 31.5% | 12.0 | 20.0% |');
  expect(page).toContain('| not in oneDNN (other operations, waiting) | - | 16.8 | 42.1% | - | - |');
  expect(page).toContain('| batch_normalization backward bf16 | mb64ic512ih3iw3 | 0.50 | 1.58 | 4.0% | - | - |');
});
