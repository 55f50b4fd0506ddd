/** Lets a process find Google's servers on this machine, at the port REDIRECT_TO: as /etc/hosts would, but without being root. */
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";

const GOOGLE = /\.googleapis\.com$/;
const { lookup, promises } = dns;
const { lookup: lookupLater } = promises;
const { connect } = Socket.prototype;

dns.lookup = (name, options, callback) => lookup(GOOGLE.test(name) ? "127.0.0.1" : name, options, callback);
promises.lookup = (name, options) => lookupLater(GOOGLE.test(name) ? "127.0.0.1" : name, options);
Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  if (options?.port === 443 || options?.port === "443") options.port = Number(process.env.REDIRECT_TO);
  return connect.apply(this, args);
};
syncBuiltinESMExports();
