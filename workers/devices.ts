/**
 * The same activities on several devices: each call runs on a free one, so that a device has one at a time. The last to
 * become free is taken first, since what it holds in memory is most likely to be of use; but one on which a call failed is
 * taken last, so that a broken one does not take every retry.
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
        const answer = await (device[name as keyof A] as (...input: unknown[]) => Promise<unknown>)(...input);
        free.push(device);
        return answer;
      } catch (error) {
        free.unshift(device);
        throw error;
      }
    };
  return Object.fromEntries(Object.keys(devices[0] as A).map((name) => [name, onOne(name)])) as A;
}
