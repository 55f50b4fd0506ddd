import { type FirebaseOptions, initializeApp } from "firebase/app";
import { connectFirestoreEmulator, type Firestore, initializeFirestore } from "firebase/firestore";
import type { Account } from "./account.ts";
import { loadFirebaseConfig, type Settings } from "./settings.ts";
import { TEXTS } from "./texts.ts";

export interface Connection {
  db: Firestore;
  account: Account;
}

/** Connects to Firestore. The browser may be shared, so it keeps no review after the page is closed, only who is signed in. */
export async function connect(settings: Settings): Promise<Connection> {
  const { emulator, proxy, database } = settings;
  if (proxy !== undefined) {
    const db = initializeFirestore(initializeApp({ projectId: proxy.projectId }), {}, database);
    // The server puts the developer's credentials in place of this token.
    connectFirestoreEmulator(db, location.hostname, Number(location.port), { mockUserToken: { sub: "developer" } });
    return { db, account: localAccount(TEXTS.top.developer(proxy.projectId), "developer", proxy.mayWrite) };
  }
  if (emulator !== undefined) {
    const db = initializeFirestore(initializeApp({ projectId: emulator.projectId }), {}, database);
    const { claim = "write" } = emulator;
    const [host, port] = emulator.host.split(":") as [string, string];
    connectFirestoreEmulator(db, host, Number(port), { mockUserToken: { sub: "emulator", reviews: claim } });
    return { db, account: localAccount(TEXTS.top.emulators, "emulator", claim === "write") };
  }
  const options: FirebaseOptions = await loadFirebaseConfig(settings);
  const app = initializeApp(options);
  // Loaded only here: it is a tenth of the code.
  const { googleAccount } = await import("./google-account.ts");
  return { db: initializeFirestore(app, {}, database), account: googleAccount(app) };
}

/** Nobody signs in on a developer's machine. */
function localAccount(name: string, uid: string, mayWrite: boolean): Account {
  return {
    watch(onUser) {
      onUser({ name, uid, signature: uid, mayWrite });
      return () => {};
    },
    signIn: async () => undefined,
    refresh: async () => {},
  };
}
