import { type FirebaseOptions, initializeApp } from "firebase/app";
import { connectFirestoreEmulator, type Firestore, initializeFirestore } from "firebase/firestore";
import { loadHostingConfig, type Settings } from "./settings.ts";

/** Who looks at the page. */
export interface User {
  name: string;
  uid: string;
}

export interface Account {
  /** Tells who is signed in, now and after each change; `undefined` is nobody. */
  watch(tell: (user: User | undefined) => void): () => void;
  signIn(): Promise<void>;
  /** Absent where nobody needs to sign in. */
  signOut?(): Promise<void>;
  /** Gets the account's present claims: those of a token in use may be an hour old. */
  refresh(): Promise<void>;
}

export interface Connection {
  db: Firestore;
  account: Account;
}

/** Connects to Firestore. Nothing that is read is kept beyond this page: the browser may be shared. */
export async function connect(settings: Settings): Promise<Connection> {
  const { emulator, database } = settings;
  if (emulator !== undefined) {
    const db = initializeFirestore(initializeApp({ projectId: emulator.projectId }), {}, database);
    const [host, port] = emulator.host.split(":") as [string, string];
    connectFirestoreEmulator(db, host, Number(port), { mockUserToken: { sub: "emulator", reviews: "read" } });
    return { db, account: emulatorAccount };
  }
  const options: FirebaseOptions = settings.firebase ?? (await loadHostingConfig());
  const app = initializeApp(options);
  // Only needed here, and a third of all the code.
  const { googleAccount } = await import("./google-account.ts");
  return { db: initializeFirestore(app, {}, database), account: googleAccount(app) };
}

const emulatorAccount: Account = {
  watch(tell) {
    tell({ name: "Emulators", uid: "emulator" });
    return () => {};
  },
  signIn: async () => {},
  refresh: async () => {},
};
