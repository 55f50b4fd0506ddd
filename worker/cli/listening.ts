import { InputError } from "../../shared/input-error.ts";

/**
 * Listens, and says in one sentence what to do if the port cannot be used.
 * @param remedy such as `set PORT to another port`
 * @throws {InputError} if another process uses the port, or this one may not
 */
export async function listening<T>(listen: () => Promise<T>, port: number, remedy: string): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new InputError(`port ${port} is in use by another process: ${remedy}, or stop that process`);
    if (code === "EACCES") throw new InputError(`this user may not listen on port ${port}: ${remedy}, above 1023`);
    throw error;
  }
}
