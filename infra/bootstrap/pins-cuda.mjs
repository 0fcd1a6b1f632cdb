// @ts-check
/**
 * What `--gpu` fetches instead of the CPU's TensorFlow: the CUDA wheel, and the NVIDIA libraries that its extra
 * `and-cuda` names, each at the newest version within that extra's bounds when this table was made.
 */

/** @typedef {import('./pins.mjs').Pin} Pin */

/** @type {(cpu: Pin) => Pin} */
export const cudaTensorflow = (cpu) => ({
  ...cpu,
  title: 'TensorFlow 2.21.0 for CUDA',
  requirement: 'tensorflow==2.21.0',
  file: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
  bytes: 572440367,
  sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
  unpacked: 1_300_000_000,
});

/** @type {(name: string, version: string, platform: string, bytes: number, sha256: string) => Pin} */
const library = (name, version, platform, bytes, sha256) => ({
  title: `CUDA: ${name} ${version}`,
  requirement: `nvidia-${name}-cu12==${version}`,
  platform: platform.split('.')[0] ?? platform,
  file: `nvidia_${name.replaceAll('-', '_')}_cu12-${version}-py3-none-${platform}.whl`,
  bytes,
  sha256,
  unpacked: bytes * 2,
  keep: ['nvidia/'],
  executable: name === 'cuda-nvcc' ? ['nvidia/cuda_nvcc/bin/ptxas', 'nvidia/cuda_nvcc/bin/fatbinary'] : [],
});

const TEN = 'manylinux2010_x86_64.manylinux_2_12_x86_64';
const FOURTEEN = 'manylinux2014_x86_64.manylinux_2_17_x86_64';
const NEW = 'manylinux_2_27_x86_64';

/** @type {Pin[]} */
export const cudaLibraries = [
  library('cublas', '12.9.3.13', NEW, 581217458, 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72'),
  library(
    'cuda-cupti',
    '12.8.90',
    FOURTEEN,
    10248621,
    'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182',
  ),
  library('cuda-nvcc', '12.9.86', TEN, 40546229, '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0'),
  library('cuda-nvrtc', '12.9.86', TEN, 89568129, '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4'),
  library(
    'cuda-runtime',
    '12.9.79',
    FOURTEEN,
    3493179,
    '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
  ),
  library('cudnn', '9.28.0.42', NEW, 716538495, '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375'),
  library('cufft', '11.4.1.4', FOURTEEN, 200877592, 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28'),
  library('curand', '10.3.10.19', NEW, 68295626, '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e'),
  library('cusolver', '11.7.5.82', NEW, 338117415, '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88'),
  library(
    'cusparse',
    '12.5.10.65',
    FOURTEEN,
    366465088,
    '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
  ),
  library('nccl', '2.32.3', NEW, 351526311, 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'),
  library('nvjitlink', '12.9.86', TEN, 39748338, 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9'),
];
