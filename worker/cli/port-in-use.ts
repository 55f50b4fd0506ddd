import { InputError } from "../../shared/reviews-file.ts";

/**
 * Listens, and says in one sentence what to do if the port is taken.
 * @param remedy such as `set PORT to another port`
 * @throws {InputError} if another process uses the port
 */
export async function listening<T>(listen: () => Promise<T>, port: number, remedy: string): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new InputError(`port ${port} is in use by another process: ${remedy}, or stop that process`);
  }
}
