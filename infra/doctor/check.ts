/** One line of `byol doctor`. */
export interface Check {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  /** What is there, in which version; or what is wrong. */
  detail: string;
  /** What to do, where something is missing. */
  remedy?: string;
}

/** A check that ends in an error is a failed check, not the end of the doctor's round. */
export async function settle(name: string, remedy: string, look: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { name, status: 'fail', detail: said.replace(/\s*\n\s*/g, ' '), remedy };
  }
}
