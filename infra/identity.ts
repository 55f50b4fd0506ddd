import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Topics } from "./queue.ts";
import type { Settings } from "./settings.ts";

export interface Identity {
  account: gcp.serviceaccount.Account;
  /** The grants that it needs before it can work. */
  grants: pulumi.Resource[];
}

/**
 * The account that Cloud Build runs as: it reads the sources, writes its log and pushes the image. The default account has no
 * permissions in a new project, and nearly all permissions in an old one.
 * https://cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts
 * @param sources the bucket that `gcloud builds submit` uploads the sources to
 */
export function createBuildIdentity(
  { name, project, region }: Settings,
  registry: gcp.artifactregistry.Repository,
  sources: gcp.storage.Bucket,
  options: pulumi.CustomResourceOptions,
): gcp.serviceaccount.Account {
  const account = new gcp.serviceaccount.Account(
    "build",
    { accountId: `${name}-build`, displayName: "Cloud Build runs as this account to build the worker's image" },
    options,
  );
  new gcp.projects.IAMMember("build-logs", { project, role: "roles/logging.logWriter", member: account.member });
  new gcp.artifactregistry.RepositoryIamMember("build-pushes-images", {
    location: region,
    repository: registry.repositoryId,
    role: "roles/artifactregistry.writer",
    member: account.member,
  });
  new gcp.storage.BucketIAMMember("build-reads-sources", {
    bucket: sources.name,
    role: "roles/storage.objectViewer",
    member: account.member,
  });
  return account;
}

/**
 * What the worker does with documents: it reads them and updates them. `roles/datastore.user` would also let it delete and list them.
 *
 * - `entities.create`: the documentation lists it for updates in a `BatchWrite`, which is how the worker saves.
 * - `databases.get`: beginning and rolling back transactions. The worker uses none; the permission reads no data, and without it an
 *   update of Google's client that uses them would stop the worker.
 *
 * https://firebase.google.com/docs/firestore/security/iam#permissions_and_roles, read on 2026-11-26
 */
const DOCUMENT_PERMISSIONS = [
  "datastore.databases.get",
  "datastore.entities.create",
  "datastore.entities.get",
  "datastore.entities.update",
];

/** The worker's account. It may read and update the documents of this one database and publish to the dead-letter topic. */
export function createWorkerIdentity(
  { name, project, firestoreDatabase }: Settings,
  { deadLetterTopic }: Topics,
  options: pulumi.CustomResourceOptions,
): Identity {
  const account = new gcp.serviceaccount.Account(
    "worker",
    { accountId: `${name}-worker`, displayName: "The worker runs as this account" },
    options,
  );
  const role = new gcp.projects.IAMCustomRole(
    "worker",
    {
      project,
      // Ids of roles have no hyphens.
      roleId: `${name.replaceAll("-", "_")}_worker`,
      title: `${name}: worker`,
      description: "Reads and updates documents of Firestore",
      permissions: DOCUMENT_PERMISSIONS,
    },
    options,
  );
  const database = `projects/${project}/databases/${firestoreDatabase}`;
  return {
    account,
    grants: [
      new gcp.projects.IAMMember("worker-uses-firestore", {
        project,
        role: role.name,
        member: account.member,
        // https://cloud.google.com/firestore/native/docs/manage-databases#configure_per-database_access_permissions
        condition: { title: "one database", expression: `resource.name == "${database}"` },
      }),
      new gcp.pubsub.TopicIAMMember("worker-publishes-dead-letters", {
        topic: deadLetterTopic.name,
        role: "roles/pubsub.publisher",
        member: account.member,
      }),
    ],
  };
}

/** The account that Pub/Sub and Eventarc call the service as. Here it only gets the grant that lets Pub/Sub sign its tokens. */
export function createPushIdentity(
  { name }: Settings,
  pubsubAgent: gcp.projects.ServiceIdentity,
  options: pulumi.CustomResourceOptions,
): Identity {
  const account = new gcp.serviceaccount.Account(
    "push",
    { accountId: `${name}-push`, displayName: "Pub/Sub and Eventarc call the worker as this account" },
    options,
  );
  return {
    account,
    grants: [
      // Projects from before April 2021 have this grant for all accounts. For this account it suffices, and a push needs only OpenID
      // tokens: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#configure_for_push_authentication
      new gcp.serviceaccount.IAMMember("pubsub-agent-signs-push-tokens", {
        serviceAccountId: account.name,
        role: "roles/iam.serviceAccountOpenIdTokenCreator",
        member: pubsubAgent.member,
      }),
    ],
  };
}
