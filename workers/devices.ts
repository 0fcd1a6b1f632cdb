/**
 * The same activities on several devices: each call runs on a free one, so that a device has one at a time. The last to
 * become free is taken first, since what it holds in memory is most likely to be of use.
 *
 * @param devices what each of them can do; at least one
 * @throws Error (of a call) where none is free: the worker must take no more activities than there are devices
 */
export function onFreeDevice<A extends object>(devices: readonly A[]): A {
  const free = [...devices];
  const onOne =
    (name: string) =>
    async (...input: unknown[]): Promise<unknown> => {
      const device = free.pop();
      if (!device) throw new Error(`${name} was asked for while each of the ${devices.length} devices is busy`);
      try {
        return await (device[name as keyof A] as (...input: unknown[]) => Promise<unknown>)(...input);
      } finally {
        free.push(device);
      }
    };
  return Object.fromEntries(Object.keys(devices[0] as A).map((name) => [name, onOne(name)])) as A;
}
