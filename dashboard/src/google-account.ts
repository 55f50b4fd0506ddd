import type { FirebaseApp, FirebaseError } from "firebase/app";
import {
  type Auth,
  type User as FirebaseUser,
  GoogleAuthProvider,
  getAuth,
  onIdTokenChanged,
  signInWithPopup,
  signOut,
} from "firebase/auth";
import type { Account, User } from "./account.ts";
import { TEXTS } from "./texts.ts";

const { start: T } = TEXTS;

/** Sign-in with a Google account through Firebase Authentication. */
export function googleAccount(app: FirebaseApp): Account {
  const auth = authOf(app);
  // Otherwise Google may sign in again with the account that may not read.
  const provider = new GoogleAuthProvider().setCustomParameters({ prompt: "select_account" });
  return {
    watch: (onUser, onError) => {
      let isFirst = true;
      // Also after a refresh, which may bring another claim.
      return onIdTokenChanged(auth, async (firebaseUser) => {
        try {
          let user = firebaseUser === null ? undefined : await toUser(firebaseUser);
          const mayBeOld = isFirst && user?.mayWrite === false;
          isFirst = false;
          if (firebaseUser !== null && mayBeOld) {
            // The token that the browser has kept may be older than the claim, and Firestore would refuse it for good.
            await firebaseUser.getIdToken(true).catch(() => {});
            if (auth.currentUser !== firebaseUser) return;
            user = await toUser(firebaseUser);
          }
          onUser(user);
        } catch (error) {
          // The token has expired and could not be renewed.
          onError(new Error(T.accountFailed((error as Error).message)));
        }
      });
    },
    signIn: async () => {
      try {
        await signInWithPopup(auth, provider);
      } catch (error) {
        return explain(error);
      }
    },
    signOut: () => signOut(auth),
    refresh: async () => {
      await auth.currentUser?.getIdToken(true);
    },
  };
}

/** @throws {Error} if the apiKey cannot be one */
function authOf(app: FirebaseApp): Auth {
  try {
    return getAuth(app);
  } catch (error) {
    throw (error as FirebaseError).code === "auth/invalid-api-key" ? new Error(T.keyInvalid) : error;
  }
}

/**
 * @returns what to do before the button is pressed again; `undefined` if its second press has replaced the first
 * @throws {Error} if the page has to be loaded again: the client keeps the failure to look up the site's domain, for example
 */
function explain(error: unknown): string | undefined {
  const { code, message } = error as FirebaseError;
  if (code === "auth/cancelled-popup-request") return undefined;
  if (code === "auth/popup-closed-by-user") return T.windowClosed;
  if (code === "auth/popup-blocked") return T.windowBlocked;
  if (code === "auth/user-disabled") return T.accountDisabled;
  // The client makes this code of the sentence with which Google refuses a key.
  throw new Error(code?.startsWith("auth/api-key-not-valid") ? T.keyInvalid : T.signInError(message));
}

async function toUser(user: FirebaseUser): Promise<User> {
  const { claims } = await user.getIdTokenResult();
  const name = user.email ?? user.uid;
  return { name, uid: user.uid, signature: name, mayWrite: claims.reviews === "write" };
}
