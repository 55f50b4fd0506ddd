import type { FirebaseApp } from "firebase/app";
import {
  type User as FirebaseUser,
  GoogleAuthProvider,
  getAuth,
  onIdTokenChanged,
  signInWithPopup,
  signOut,
} from "firebase/auth";
import type { Account, User } from "./connect.ts";

/** Sign-in with a Google account through Firebase Authentication. */
export function googleAccount(app: FirebaseApp): Account {
  const auth = getAuth(app);
  return {
    watch: (onUser) =>
      // Also after a refresh, which may bring another claim.
      onIdTokenChanged(auth, async (user) => onUser(user === null ? undefined : await toUser(user))),
    signIn: async () => {
      await signInWithPopup(auth, new GoogleAuthProvider());
    },
    signOut: () => signOut(auth),
    refresh: async () => {
      await auth.currentUser?.getIdToken(true);
    },
  };
}

async function toUser(user: FirebaseUser): Promise<User> {
  const { claims } = await user.getIdTokenResult();
  const name = user.email ?? user.uid;
  return { name, uid: user.uid, signature: name, mayWrite: claims.reviews === "write" };
}
