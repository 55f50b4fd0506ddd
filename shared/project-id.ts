/** Ids of Google Cloud projects, also those of a domain such as example.com:my-shop. */
export const PROJECT_ID = /^[a-z][a-z0-9.:-]{4,62}$/;
