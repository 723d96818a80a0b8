/**
 * What `-v`, `-V` and `-h` say. Tools that drive nginx find its version line by pattern, so both programs are named:
 * this one, and the nginx whose configuration language it speaks.
 */
import { NGINX_VERSION, ownVersion } from '../control/version.ts'
import { configureArguments } from './modules.ts'

export function versionText(): string {
  return `evenkeel version: evenkeel/${ownVersion()}\nnginx version: nginx/${NGINX_VERSION} (configuration language)\n`
}

export function buildText(): string {
  const lines = [
    `built with OpenSSL ${process.versions.openssl}`,
    'TLS SNI support enabled',
    `configure arguments: ${configureArguments().join(' ')}`,
  ]
  return `${versionText()}${lines.join('\n')}\n`
}

export const helpText = `Usage: evenkeel [-?hvVtTq] [-s signal] [-p prefix]
                [-e filename] [-c filename] [-g directives]
       evenkeel init|dev|demo|serve|proxy|convert|plan|top|explain|simulate [--help]

Options, as nginx has them:
  -?,-h         : this help
  -v            : show version and exit
  -V            : show version and configure options then exit
  -t            : test configuration and exit
  -T            : test configuration, dump it and exit
  -q            : suppress non-error messages during configuration testing
  -s signal     : send signal to the running process: stop, quit, reopen, reload
  -p prefix     : set prefix path, where relative names lead
                  (default: the folder of the configuration file)
  -e filename   : set error log file, or stderr (default: logs/error.log under the prefix
                  if there is a folder logs, else stderr)
  -c filename   : set configuration file, relative to the prefix if there is -p
                  (default: nginx.conf under the prefix; without -p
                  /etc/nginx/nginx.conf if it exists, else ./nginx.conf)
  -g directives : set global directives out of configuration file

With "daemon on", which is the default of nginx, it goes to the background once it is up;
-g 'daemon off;' keeps it in the foreground.

Commands:
  init          : ask three questions, and write a commented configuration to begin with
  dev           : services of this machine as https://NAME.localhost, for development
  demo          : three small servers and a balancer in front of them, to try it out
  serve         : small HTTP servers that answer one text, to balance between
  proxy         : balance between the addresses given, without a configuration file
  convert       : write an nginx configuration as a typed one, in TypeScript
  plan          : say what a configuration would change
  top           : show what a balancer is at, from its API
  explain       : say what a configuration makes of a request, and why
  simulate      : try ways of balancing on a virtual clock, with recorded or made-up load

Examples:
  evenkeel -t -c /etc/nginx/nginx.conf
  evenkeel -c ./nginx.conf -g 'daemon off;'
  evenkeel -s reload
  evenkeel demo
`
