import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { User } from "./account.ts";
import { type Connection, connect } from "./connect.ts";
import { Dashboard } from "./dashboard.tsx";
import { Notice } from "./notice.tsx";
import { loadSettings, type Settings } from "./settings.ts";
import { TEXTS } from "./texts.ts";
import { useUnsaved } from "./use-decisions.ts";

const { start: T } = TEXTS;

type Opened = Connection & { settings: Settings };

/** Loads the settings, signs in and shows the dashboard, or says why it cannot. */
function Page() {
  const [opened, setOpened] = useState<Opened>();
  const [problem, setProblem] = useState<string>();
  const [advice, setAdvice] = useState<string>();
  const [user, setUser] = useState<User | "unknown" | undefined>("unknown");
  // Kept here, because another tab may sign out.
  const unsaved = useUnsaved();

  const onError = ({ message }: Error): void => setProblem(message);
  useEffect(() => {
    open().then(setOpened, onError);
  }, []);
  const onUser = (user: User | undefined): void => {
    setUser(user);
    setProblem(undefined);
    setAdvice(undefined);
  };
  useEffect(() => opened?.account.watch(onUser, onError), [opened]);

  if (problem !== undefined && (user === "unknown" || user === undefined))
    return (
      <Notice
        title={opened === undefined ? T.failed : T.signInFailed}
        text={problem}
        action={T.tryAgain}
        onAction={() => location.reload()}
      />
    );
  if (opened === undefined || user === "unknown") return <Notice title={TEXTS.loading} busy />;
  if (user === undefined) {
    const signIn = (): void => {
      setAdvice(undefined);
      opened.account.signIn().then(setAdvice, onError);
    };
    const names = [...new Set(unsaved.by.map(({ name }) => name))];
    return (
      <Notice title={TEXTS.title} text={advice ?? T.signInText} action={T.signIn} onAction={signIn}>
        {names.length > 0 && <p>{T.unsaved(unsaved.by.length, names.join(", "))}</p>}
      </Notice>
    );
  }
  return <Dashboard key={user.uid} {...opened} user={user} unsaved={unsaved} />;
}

async function open(): Promise<Opened> {
  const settings = await loadSettings();
  return { settings, ...(await connect(settings)) };
}

const root = document.getElementById("app") as HTMLElement;
root.replaceChildren();
render(<Page />, root);
