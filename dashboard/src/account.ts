/** Who is signed in. */
export interface User {
  name: string;
  uid: string;
  /** What a decision is signed with: e-mail or uid, as `firestore.rules` expects. */
  signature: string;
  /** Whether the account may record decisions about reviews. */
  mayWrite: boolean;
}

export interface Account {
  /**
   * Reports who is signed in, now and after each change; `undefined` for nobody.
   * @param onError called if that cannot be found out
   */
  watch(onUser: (user: User | undefined) => void, onError: (error: Error) => void): () => void;
  /**
   * @returns why nobody is signed in, if the same button can be pressed again
   * @throws {Error} if the page has to be loaded again before the next attempt
   */
  signIn(): Promise<string | undefined>;
  /** Absent if nobody needs to sign in. */
  signOut?(): Promise<void>;
  /** Fetches the account's current claims: those of the token in use may be an hour old. */
  refresh(): Promise<void>;
}
