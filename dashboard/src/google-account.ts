import type { FirebaseApp } from "firebase/app";
import { GoogleAuthProvider, getAuth, onAuthStateChanged, signInWithPopup, signOut } from "firebase/auth";
import type { Account } from "./connect.ts";

/** Sign-in with a Google account through Firebase Authentication. */
export function googleAccount(app: FirebaseApp): Account {
  const auth = getAuth(app);
  return {
    watch: (onUser) =>
      onAuthStateChanged(auth, (user) =>
        onUser(user === null ? undefined : { name: user.email ?? user.uid, uid: user.uid }),
      ),
    signIn: async () => {
      await signInWithPopup(auth, new GoogleAuthProvider());
    },
    signOut: () => signOut(auth),
    refresh: async () => {
      await auth.currentUser?.getIdToken(true);
    },
  };
}
