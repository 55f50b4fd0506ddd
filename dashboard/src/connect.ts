import { type FirebaseOptions, initializeApp } from "firebase/app";
import { connectFirestoreEmulator, type Firestore, initializeFirestore } from "firebase/firestore";
import { loadHostingConfig, type Settings } from "./settings.ts";

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
  /** Reports who is signed in, now and after each change; `undefined` for nobody. */
  watch(onUser: (user: User | undefined) => void): () => void;
  signIn(): Promise<void>;
  /** Absent if nobody needs to sign in. */
  signOut?(): Promise<void>;
  /** Fetches the account's current claims: those of the token in use may be an hour old. */
  refresh(): Promise<void>;
}

export interface Connection {
  db: Firestore;
  account: Account;
}

/** Connects to Firestore. Nothing is kept after the page is closed: the browser may be shared. */
export async function connect(settings: Settings): Promise<Connection> {
  const { emulator, database } = settings;
  if (emulator !== undefined) {
    const db = initializeFirestore(initializeApp({ projectId: emulator.projectId }), {}, database);
    const [host, port] = emulator.host.split(":") as [string, string];
    connectFirestoreEmulator(db, host, Number(port), { mockUserToken: { sub: "emulator", reviews: "write" } });
    return { db, account: emulatorAccount };
  }
  const options: FirebaseOptions = settings.firebase ?? (await loadHostingConfig());
  const app = initializeApp(options);
  // Loaded only here: it is a tenth of the code.
  const { googleAccount } = await import("./google-account.ts");
  return { db: initializeFirestore(app, {}, database), account: googleAccount(app) };
}

const emulatorAccount: Account = {
  watch(onUser) {
    onUser({ name: "Emulators", uid: "emulator", signature: "emulator", mayWrite: true });
    return () => {};
  },
  signIn: async () => {},
  refresh: async () => {},
};
