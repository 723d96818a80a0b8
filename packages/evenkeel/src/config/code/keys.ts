/**
 * Written by `npm run docs` from the tables that read nginx's language; do not edit.
 */
import type { Blocks, CodeStep, Duration, Module, Pass, Several, Size, Words } from './values.ts'

/** `Text` are texts that may hold variables, `Made` and `Key` what makes them. */
export interface Keys<Upstream extends string = string, Text extends string = string, Made extends string = string, Key extends string = string> {
  /** `user name [group]`: Who the process becomes after it has bound its ports. */
  readonly user?: Several<Text>
  /** `worker_processes number | auto`: How many worker threads carry traffic. Default: `1`. */
  readonly workerProcesses?: number | 'auto'
  /** `worker_rlimit_nofile number`: Limit on open files. */
  readonly workerRlimitNofile?: number
  /** `worker_shutdown_timeout time`: How long a stopping worker waits for its connections. */
  readonly workerShutdownTimeout?: Duration
  /** `daemon on | off`: Whether the process goes to the background. Default: `on`. */
  readonly daemon?: boolean
  /** `master_process on | off`: Whether workers run beside the main thread; off is for development. Default: `on`. */
  readonly masterProcess?: boolean
  /** `pid file`: File that holds the number of the process. Default: `logs/evenkeel.pid`. */
  readonly pid?: Several<Text>
  /** `env variable[=value]`: Environment variable to keep or to set. */
  readonly env?: Several<Text>
  /** `error_log file | stderr | syslog:... [level]`: Where problems are told, and from which level on. Default: `logs/error.log error`. */
  readonly errorLog?: Several<Text>
  /** `worker_connections number`: Connections of clients that each worker serves at once; those that are idle longest make room. */
  readonly workerConnections?: number
  /** `overload off | [lag=time] [memory=percent] [descriptors=number]`: When new requests are answered with 503: a late event loop, memory in use, descriptors left (a tenth). Default: `lag=500ms memory=92`. */
  readonly overload?: Several<Text>
  /** `listen address[:port] | port | unix:path [default_server] [ssl] [http2] [proxy_protocol] [backlog=n] [reuseport] [ipv6only=on|off] [so_keepalive=...]`: Where the server accepts connections. Default: `*:80`. */
  readonly listen?: Several<Text>
  /** `server_name name ...`: Hosts the server answers for: names, wildcards, or ~patterns. Default: `""`. */
  readonly serverName?: Several<Text>
  /** `internal`: Keeps clients from asking for the location themselves. */
  readonly internal?: boolean
  /** `stub_status`: Answers with counts of connections and requests. */
  readonly stubStatus?: Several<Text>
  /** `empty_gif`: Answers with a picture of one transparent pixel. */
  readonly emptyGif?: boolean
  /** `zone name [size]`: Name of the state that workers share; it is always shared here. */
  readonly zone?: Several<Text>
  /** `least_conn`: The server with the fewest requests in flight, by weight. */
  readonly leastConn?: boolean
  /** `least_time header | last_byte [inflight]`: The server that is expected to be done soonest, by how long it takes on average and how much it has to do. */
  readonly leastTime?: Several<Text>
  /** `ip_hash`: Clients of one network stay with one server. */
  readonly ipHash?: boolean
  /** `hash key [consistent [bounded=factor]]`: Requests with the same key go to the same server; with `bounded`, which is only in evenkeel, no server gets more than that many times its share. */
  readonly hash?: Several<Text>
  /** `random [two [least_conn | least_time=header | least_time=last_byte]]`: A random server, or the better of two. */
  readonly random?: Several<Text>
  /** `ewma`: The better of two random servers by their latest response times and requests in flight (peak EWMA). Only in evenkeel. */
  readonly ewma?: boolean
  /** `maglev key`: Requests with the same key go to the same server, by a table with very even shares. Only in evenkeel. */
  readonly maglev?: Several<Text>
  /** `rendezvous key`: Requests with the same key go to the same server; a change of servers moves no other keys. Only in evenkeel. */
  readonly rendezvous?: Several<Text>
  /** `first`: Fills one server up to its max_conns before the next is used. Only in evenkeel. */
  readonly first?: boolean
  /** `balance module [key]`: Balances by a policy in TypeScript, the default export of a module (`./mine.ts`) or another (`./mine.ts#name`); `key` is what it gets as hashKey(). Only in evenkeel. */
  readonly balance?: Module | readonly [Module, Words<Text>]
  /** `resolver address ... [valid=time] [ipv4=on|off] [ipv6=on|off]`: DNS servers for the servers with `resolve`; the http block's when it is not said. */
  readonly resolver?: Several<Text>
  /** `resolver_timeout time`: Longest wait for an answer of these DNS servers. */
  readonly resolverTimeout?: Duration
  /** `strict_resolve on | off`: Refuse to start, or to reload, while the name of any server of an upstream does not resolve. Only in evenkeel. Default: `off`. */
  readonly strictResolve?: boolean
  /** `sticky cookie name [expires=time|max] [domain=text] [path=text] [httponly] [secure] [samesite=strict|lax|none|$variable] | route $variable ... | learn create=$variable lookup=$variable zone=name:size [timeout=time] [header]`: Clients stay with the server they were given first: by a cookie, by what a request says, or by sessions of the servers. */
  readonly sticky?: Several<Text>
  /** `outlier [consecutive_5xx=5] [success_rate=1.9] [latency=off] [interval=10s] [base_ejection_time=30s] [max_ejection_time=300s] [max_ejection_percent=10%] [minimum_hosts=5] [request_volume=100]`: Servers that stand out by errors or slowness among the others are left alone for a while (Envoy's outlier detection). Only in evenkeel. */
  readonly outlier?: Several<Text>
  /** `circuit_breaker [failures=50%] [requests=20] [window=10s] [open=5s] [probes=1]`: A server that fails too much gets nothing for a while, then probes until they go well. Only in evenkeel. */
  readonly circuitBreaker?: Several<Text>
  /** `panic_threshold percent`: While fewer of a tier's servers are fit, all of them are used: better some failures than all load on a few. Only in evenkeel. */
  readonly panicThreshold?: Several<Text>
  /** `fail_counts always | proven`: Whether a failure counts at once, or when another server was able to answer the request. Only in evenkeel. */
  readonly failCounts?: 'always' | 'proven'
  /** `subset number [index=n]`: Of a large group each balancer uses so many servers; `index` numbers the balancers, or their machines' names do. Only in evenkeel. */
  readonly subset?: Several<Text>
  /** `retry_budget percent [min=number]`: Retries are so many percent of the requests at most, but for `min` (3) a second. Only in evenkeel. */
  readonly retryBudget?: Several<Text>
  /** `hedge [percentile=95%] [min=10ms]`: An idempotent request without a body that takes longer than so many of the others goes to a second server as well, within `retry_budget` (20% if there is none); the first answer is taken. Only in evenkeel. */
  readonly hedge?: Several<Text>
  /** `adaptive_concurrency [min_concurrency=3] [max_concurrency_limit=1000] [concurrency_update_interval=100ms] [min_rtt_interval=60s] [min_rtt_buffer=25%]`: How many requests are sent at a time is found out by how long answers take (gradient, in Envoy's words); the rest waits in `queue`, or is answered 503. Only in evenkeel. */
  readonly adaptiveConcurrency?: Several<Text>
  /** `prefer_zone name`: Servers of this zone (`server … zone=name`) are chosen while any of their priority is to be had. Only in evenkeel. */
  readonly preferZone?: Several<Text>
  /** `queue number [timeout=time]`: How many requests may wait in each worker while all servers are at max_conns, and how long; 60s. */
  readonly queue?: Several<Text>
  /** `keepalive connections [local]`: Idle connections each worker keeps to the group; 32 for each of its servers when it is not said. */
  readonly keepalive?: Several<Text>
  /** `keepalive_time time`: Longest life of a kept connection. */
  readonly keepaliveTime?: Duration
  /** `keepalive_timeout time`: How long an idle connection is kept. */
  readonly keepaliveTimeout?: Several<Text>
  /** `keepalive_requests number`: Most requests on one kept connection. */
  readonly keepaliveRequests?: number
  /** `health_check [interval=time] [jitter=time] [fails=n] [passes=n] [uri=uri] [mandatory [persistent]] [match=name] [port=n] [type=http | type=tcp | type=grpc [grpc_service=name] [grpc_status=code]] [keepalive_time=time]`: Asks every server of the upstream again and again, and keeps requests from those that fail. */
  readonly healthCheck?: Several<Text>
  /** `match name { status ...; header ...; body ...; }`: What the answer to a health check must be like. */
  readonly matches?: Readonly<Record<string, Words<Text> | Readonly<Record<string, Words<Text>>>>>
  /** `proxy_pass url`: The upstream or server that requests are forwarded to. */
  readonly proxyPass?: Pass<Upstream>
  /** `proxy_connect_timeout time`: Time to connect to a server. Default: `60s`. */
  readonly proxyConnectTimeout?: Duration
  /** `proxy_send_timeout time`: Time between two writes to a server. Default: `60s`. */
  readonly proxySendTimeout?: Duration
  /** `proxy_read_timeout time`: Time between two reads from a server. Default: `60s`. */
  readonly proxyReadTimeout?: Duration
  /** `proxy_http_version 1.0 | 1.1 | 2`: HTTP version spoken to servers. Default: `1.1`. */
  readonly proxyHttpVersion?: Several<Text>
  /** `proxy_buffering on | off`: Whether a response is read ahead of a slow client. Default: `on`. */
  readonly proxyBuffering?: boolean
  /** `proxy_request_buffering on | off`: Whether a request body is read whole before it is forwarded. Default: `on`. */
  readonly proxyRequestBuffering?: boolean
  /** `proxy_buffer_size size`: Largest response head. Default: `4k`. */
  readonly proxyBufferSize?: Size
  /** `proxy_buffers number size`: How much of a response is read ahead in memory. Default: `8 4k`. */
  readonly proxyBuffers?: Several<Text>
  /** `proxy_set_header field value`: Field of forwarded requests; an empty value leaves it out. Default: `Host $proxy_host`. */
  readonly proxySetHeader?: Several<Text>
  /** `proxy_set_body value`: Body of forwarded requests. */
  readonly proxySetBody?: Several<Text>
  /** `proxy_method method`: Method of forwarded requests. */
  readonly proxyMethod?: Several<Text>
  /** `proxy_pass_request_headers on | off`: Whether the client's fields are forwarded. Default: `on`. */
  readonly proxyPassRequestHeaders?: boolean
  /** `proxy_pass_request_body on | off`: Whether the client's body is forwarded. Default: `on`. */
  readonly proxyPassRequestBody?: boolean
  /** `proxy_pass_trailers on | off`: Whether trailers of responses are passed on. Default: `off`. */
  readonly proxyPassTrailers?: boolean
  /** `proxy_pass_header field`: Field of responses that is passed on although it is hidden by default. */
  readonly proxyPassHeader?: Several<Text>
  /** `proxy_hide_header field`: Field of responses that is not passed on. */
  readonly proxyHideHeader?: Several<Text>
  /** `proxy_ignore_headers X-Accel-Redirect | X-Accel-Expires | X-Accel-Limit-Rate | X-Accel-Buffering | X-Accel-Charset | Expires | Cache-Control | Set-Cookie | Vary ...`: Fields of responses that have no effect here. Default: `none`. */
  readonly proxyIgnoreHeaders?: Several<Text>
  /** `proxy_intercept_errors on | off`: Whether error_page replaces error responses of servers. Default: `off`. */
  readonly proxyInterceptErrors?: boolean
  /** `proxy_ignore_client_abort on | off`: Whether a request goes on when its client has left. Default: `off`. */
  readonly proxyIgnoreClientAbort?: boolean
  /** `proxy_next_upstream error | timeout | invalid_header | http_500 | http_502 | http_503 | http_504 | http_403 | http_404 | http_429 | non_idempotent | off ...`: When a request is passed to the next server. Default: `error timeout`. */
  readonly proxyNextUpstream?: Several<Text>
  /** `proxy_next_upstream_tries number`: Most servers tried; 0: all. Default: `0`. */
  readonly proxyNextUpstreamTries?: number
  /** `proxy_next_upstream_timeout time`: Longest time to try; 0: no limit. Default: `0`. */
  readonly proxyNextUpstreamTimeout?: Duration
  /** `proxy_socket_keepalive on | off`: TCP keepalive probes to servers. Default: `off`. */
  readonly proxySocketKeepalive?: boolean
  /** `proxy_bind address | off`: Source address of connections to servers. */
  readonly proxyBind?: Several<Text>
  /** `proxy_force_ranges on | off`: Whether ranges are served from responses that do not offer them. Default: `off`. */
  readonly proxyForceRanges?: boolean
  /** `proxy_max_temp_file_size size`: Most of a response that is read ahead into a file; 0: none. Default: `1024m`. */
  readonly proxyMaxTempFileSize?: Size
  /** `proxy_temp_path path [level1 [level2 [level3]]]`: Folder for responses that do not fit in memory. Default: `proxy_temp`. */
  readonly proxyTempPath?: Several<Text>
  /** `proxy_total_timeout time`: How long a request may take upstream in all, every attempt included; 0: no limit. Only in evenkeel. Default: `0`. */
  readonly proxyTotalTimeout?: Duration
  /** `proxy_next_upstream_backoff time [max]`: A wait of any length up to this before the second attempt, doubled with each, up to `max` (1s). Only in evenkeel. Default: `0`. */
  readonly proxyNextUpstreamBackoff?: Several<Text>
  /** `proxy_redirect default | off | redirect replacement`: Changes Location and Refresh of responses. Default: `default`. */
  readonly proxyRedirect?: Several<Text>
  /** `proxy_cookie_domain off | domain replacement`: Changes the domain of cookies. Default: `off`. */
  readonly proxyCookieDomain?: Several<Text>
  /** `proxy_cookie_path off | path replacement`: Changes the path of cookies. Default: `off`. */
  readonly proxyCookiePath?: Several<Text>
  /** `proxy_cookie_flags off | cookie [flag ...]`: Sets and removes flags of cookies. Default: `off`. */
  readonly proxyCookieFlags?: Several<Text>
  /** `forwarded on | off`: Whether servers are told of the client in X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host and Forwarded. Default: `off`. */
  readonly forwarded?: boolean
  /** `forwarded_trusted address | network | unix: | all`: Proxies before this one whose own word on the client is passed on. */
  readonly forwardedTrusted?: Several<Text>
  /** `tunnel_pass [address]`: Connects clients that say CONNECT to this upstream or address; $host:$request_port when none is given. */
  readonly tunnelPass?: Several<Text>
  /** `tunnel_connect_timeout time`: Longest wait for a connection. Default: `60s`. */
  readonly tunnelConnectTimeout?: Duration
  /** `tunnel_read_timeout time`: Longest time in which nothing moves in a tunnel. Default: `60s`. */
  readonly tunnelReadTimeout?: Duration
  /** `tunnel_next_upstream error | timeout | off ...`: When the next server is tried. Default: `error timeout`. */
  readonly tunnelNextUpstream?: Several<Text>
  /** `tunnel_next_upstream_tries number`: Most servers tried; 0: all. Default: `0`. */
  readonly tunnelNextUpstreamTries?: number
  /** `tunnel_next_upstream_timeout time`: Longest time to try; 0: no limit. Default: `0`. */
  readonly tunnelNextUpstreamTimeout?: Duration
  /** `tunnel_socket_keepalive on | off`: TCP keepalive probes to servers. Default: `off`. */
  readonly tunnelSocketKeepalive?: boolean
  /** `tunnel_bind address | off`: Source address of connections to servers. */
  readonly tunnelBind?: string | false
  /** `grpc_pass [grpc:// | grpcs://]address`: The upstream or gRPC server that calls are forwarded to, over HTTP/2. */
  readonly grpcPass?: Several<Text>
  /** `grpc_bind address | off`: Source address of connections to gRPC servers. */
  readonly grpcBind?: Several<Text>
  /** `grpc_buffer_size size`: Largest head of a response of a gRPC server. Default: `4k`. */
  readonly grpcBufferSize?: Size
  /** `grpc_connect_timeout time`: Time to connect to a gRPC server. Default: `60s`. */
  readonly grpcConnectTimeout?: Duration
  /** `grpc_error_status on | off`: Whether errors of evenkeel itself are told to gRPC clients as grpc-status. Only in evenkeel. Default: `off`. */
  readonly grpcErrorStatus?: boolean
  /** `grpc_hide_header field`: Field of responses of gRPC servers that is not passed on. */
  readonly grpcHideHeader?: Several<Text>
  /** `grpc_ignore_headers X-Accel-Redirect | X-Accel-Expires | X-Accel-Limit-Rate | X-Accel-Buffering | X-Accel-Charset | Expires | Cache-Control | Set-Cookie | Vary ...`: Fields of responses of gRPC servers that have no effect here. Default: `none`. */
  readonly grpcIgnoreHeaders?: Several<Text>
  /** `grpc_intercept_errors on | off`: Whether error_page replaces error responses of gRPC servers. Default: `off`. */
  readonly grpcInterceptErrors?: boolean
  /** `grpc_next_upstream error | timeout | invalid_header | http_500 | http_502 | http_503 | http_504 | http_403 | http_404 | http_429 | non_idempotent | off ...`: When a call is passed to the next gRPC server. Default: `error timeout`. */
  readonly grpcNextUpstream?: Several<Text>
  /** `grpc_next_upstream_timeout time`: Longest time to try gRPC servers; 0: no limit. Default: `0`. */
  readonly grpcNextUpstreamTimeout?: Duration
  /** `grpc_next_upstream_tries number`: Most gRPC servers tried; 0: all. Default: `0`. */
  readonly grpcNextUpstreamTries?: number
  /** `grpc_pass_header field`: Field of responses of gRPC servers that is passed on although it is hidden by default. */
  readonly grpcPassHeader?: Several<Text>
  /** `grpc_read_timeout time`: Time between two reads from a gRPC server. Default: `60s`. */
  readonly grpcReadTimeout?: Duration
  /** `grpc_send_timeout time`: Time between two writes to a gRPC server. Default: `60s`. */
  readonly grpcSendTimeout?: Duration
  /** `grpc_set_header field value`: Field of calls to gRPC servers; an empty value leaves it out. */
  readonly grpcSetHeader?: Several<Text>
  /** `grpc_web on | off`: Whether calls of gRPC-Web are translated to gRPC. Only in evenkeel. Default: `off`. */
  readonly grpcWeb?: boolean
  /** `grpc_socket_keepalive on | off`: TCP keepalive probes to gRPC servers. Default: `off`. */
  readonly grpcSocketKeepalive?: boolean
  /** `grpc_ssl_certificate file | data:text`: Certificate shown to gRPC servers that ask for one. */
  readonly grpcSslCertificate?: Several<Text>
  /** `grpc_ssl_certificate_key file | data:text`: Key of that certificate. */
  readonly grpcSslCertificateKey?: Several<Text>
  /** `grpc_ssl_certificate_cache off | max=n [inactive=time] [valid=time]`: Keeps certificates whose names have variables. Default: `off`. */
  readonly grpcSslCertificateCache?: Several<Text>
  /** `grpc_ssl_password_file file`: Pass phrases of keys, one a line. */
  readonly grpcSslPasswordFile?: Several<Text>
  /** `grpc_ssl_protocols TLSv1 | TLSv1.1 | TLSv1.2 | TLSv1.3 ...`: Versions of TLS towards gRPC servers. Default: `TLSv1.2 TLSv1.3`. */
  readonly grpcSslProtocols?: Several<Text>
  /** `grpc_ssl_ciphers list`: Ciphers towards gRPC servers, as OpenSSL writes them. Default: `DEFAULT`. */
  readonly grpcSslCiphers?: Several<Text>
  /** `grpc_ssl_conf_command name value`: A command of OpenSSL, as for ssl_conf_command. */
  readonly grpcSslConfCommand?: Several<Text>
  /** `grpc_ssl_name name`: Whom the certificate of gRPC servers has to be for. Default: `host of grpc_pass`. */
  readonly grpcSslName?: Several<Text>
  /** `grpc_ssl_server_name on | off`: Tells gRPC servers that name in the handshake (SNI). Default: `off`. */
  readonly grpcSslServerName?: boolean
  /** `grpc_ssl_session_reuse on | off`: Takes up sessions with gRPC servers again. Default: `on`. */
  readonly grpcSslSessionReuse?: boolean
  /** `grpc_ssl_verify on | off`: Whether gRPC servers have to prove who they are. Default: `off`. */
  readonly grpcSslVerify?: boolean
  /** `grpc_ssl_verify_depth number`: Most certificates between that of gRPC servers and one that is trusted. Default: `1`. */
  readonly grpcSslVerifyDepth?: number
  /** `grpc_ssl_trusted_certificate file`: Authorities that certificates of gRPC servers are trusted by. */
  readonly grpcSslTrustedCertificate?: Several<Text>
  /** `grpc_ssl_crl file`: Certificates of gRPC servers that were revoked. */
  readonly grpcSslCrl?: Several<Text>
  /** `proxy_cache_path path [levels=levels] keys_zone=name:size [inactive=time] [max_size=size] [min_free=size] [memory=size] [use_temp_path=on|off] [purger=on|off]`: Folder and shared memory of a cache. */
  readonly proxyCachePath?: Several<Text>
  /** `proxy_cache zone | off`: The cache that responses are stored in. Default: `off`. */
  readonly proxyCache?: 'zone' | false
  /** `proxy_cache_key string`: What tells stored responses apart. Default: `$scheme$proxy_host$request_uri`. */
  readonly proxyCacheKey?: Several<Text>
  /** `proxy_cache_valid [code ...] time`: How long responses that do not say so themselves are fresh; without codes 200, 301 and 302. */
  readonly proxyCacheValid?: Several<Text>
  /** `proxy_cache_min_uses number`: Requests after which a response is stored. Default: `1`. */
  readonly proxyCacheMinUses?: number
  /** `proxy_cache_lock on | off`: Whether one request fetches what several ask for. Default: `off`. */
  readonly proxyCacheLock?: boolean
  /** `proxy_cache_lock_age time`: After which another one may fetch it. Default: `5s`. */
  readonly proxyCacheLockAge?: Duration
  /** `proxy_cache_lock_timeout time`: Longest time to wait for who fetches it. Default: `5s`. */
  readonly proxyCacheLockTimeout?: Duration
  /** `proxy_cache_use_stale error | timeout | invalid_header | updating | http_500 | http_502 | http_503 | http_504 | http_403 | http_404 | http_429 | off ...`: When a stored response that is not fresh is used all the same. Default: `off`. */
  readonly proxyCacheUseStale?: Several<Text>
  /** `proxy_cache_background_update on | off`: Whether a stale response is refreshed after it was sent. Default: `off`. */
  readonly proxyCacheBackgroundUpdate?: boolean
  /** `proxy_cache_revalidate on | off`: Whether the origin is asked if what is stored has changed. Default: `off`. */
  readonly proxyCacheRevalidate?: boolean
  /** `proxy_cache_bypass string ...`: Conditions under which no stored response is used. */
  readonly proxyCacheBypass?: Several<Text>
  /** `proxy_no_cache string ...`: Conditions under which a response is not stored. */
  readonly proxyNoCache?: Several<Text>
  /** `proxy_cache_purge string ...`: Conditions under which a request takes an entry out. */
  readonly proxyCachePurge?: Several<Text>
  /** `proxy_cache_methods GET | HEAD | POST ...`: Methods whose responses are stored. Default: `GET HEAD`. */
  readonly proxyCacheMethods?: Several<Text>
  /** `proxy_cache_convert_head on | off`: Whether HEAD asks the origin with GET. Default: `on`. */
  readonly proxyCacheConvertHead?: boolean
  /** `proxy_cache_max_range_offset number`: Ranges that begin behind it are not cached. */
  readonly proxyCacheMaxRangeOffset?: number
  /** `proxy_cache_request_control on | off`: Whether no-cache, max-age and min-fresh of a request make the origin be asked. Default: `off`. */
  readonly proxyCacheRequestControl?: boolean
  /** `proxy_store on | off | string`: Keeps responses as files. Default: `off`. */
  readonly proxyStore?: string | boolean
  /** `proxy_store_access users:permissions ...`: Permissions of files kept. Default: `user:rw`. */
  readonly proxyStoreAccess?: Several<Text>
  /** `client_header_timeout time`: Time for a whole request head to come. Default: `60s`. */
  readonly clientHeaderTimeout?: Duration
  /** `client_header_buffer_size size`: First buffer of a request head. Default: `1k`. */
  readonly clientHeaderBufferSize?: Size
  /** `large_client_header_buffers number size`: Number and size of buffers for long request heads. Default: `4 8k`. */
  readonly largeClientHeaderBuffers?: Several<Text>
  /** `max_headers number`: Most fields a request may have. Default: `1000`. */
  readonly maxHeaders?: number
  /** `client_body_timeout time`: Time between two reads of a request body. Default: `60s`. */
  readonly clientBodyTimeout?: Duration
  /** `client_max_body_size size`: Largest request body; 0 is no limit. Default: `1m`. */
  readonly clientMaxBodySize?: Size
  /** `client_body_buffer_size size`: How much of a request body is kept in memory. Default: `8k`. */
  readonly clientBodyBufferSize?: Size
  /** `client_body_temp_path path [level1 [level2 [level3]]]`: Folder for request bodies that do not fit in memory. Default: `client_body_temp`. */
  readonly clientBodyTempPath?: Several<Text>
  /** `client_body_in_file_only off | on | clean`: Whether every request body is written to a file. Default: `off`. */
  readonly clientBodyInFileOnly?: 'clean' | boolean
  /** `client_body_in_single_buffer on | off`: Whether a request body in memory is kept in one piece. Default: `off`. */
  readonly clientBodyInSingleBuffer?: boolean
  /** `send_timeout time`: Time between two writes to a client. Default: `60s`. */
  readonly sendTimeout?: Duration
  /** `keepalive_disable none | msie6 | safari ...`: Browsers whose connections are not kept. Default: `msie6`. */
  readonly keepaliveDisable?: Several<Text>
  /** `lingering_close off | on | always`: Whether what a client still sends is read before its connection is closed. Default: `on`. */
  readonly lingeringClose?: 'always' | boolean
  /** `lingering_time time`: Longest time to read on before closing. Default: `30s`. */
  readonly lingeringTime?: Duration
  /** `lingering_timeout time`: Longest wait for more while reading on. Default: `5s`. */
  readonly lingeringTimeout?: Duration
  /** `reset_timedout_connection on | off`: Whether connections that timed out are reset. Default: `off`. */
  readonly resetTimedoutConnection?: boolean
  /** `chunked_transfer_encoding on | off`: Whether responses of unknown length are chunked. Default: `on`. */
  readonly chunkedTransferEncoding?: boolean
  /** `tcp_nodelay on | off`: TCP_NODELAY on connections. Default: `on`. */
  readonly tcpNodelay?: boolean
  /** `ignore_invalid_headers on | off`: Whether fields with odd names are dropped rather than refused. Default: `on`. */
  readonly ignoreInvalidHeaders?: boolean
  /** `underscores_in_headers on | off`: Whether names of fields may have underscores. Default: `off`. */
  readonly underscoresInHeaders?: boolean
  /** `merge_slashes on | off`: Whether several slashes in a path become one. Default: `on`. */
  readonly mergeSlashes?: boolean
  /** `server_tokens on | off | build | string`: What the Server field and error pages say. Default: `on`. */
  readonly serverTokens?: string | boolean
  /** `msie_padding on | off`: Whether error pages are padded so that old browsers show them. Default: `on`. */
  readonly msiePadding?: boolean
  /** `http2 on | off`: HTTP/2 besides HTTP/1 on the same port. Default: `off`. */
  readonly http2?: boolean
  /** `http2_max_concurrent_streams number`: Most requests at once on one connection. Default: `128`. */
  readonly http2MaxConcurrentStreams?: number
  /** `http2_chunk_size size`: Largest DATA frame of a response. Default: `8k`. */
  readonly http2ChunkSize?: Size
  /** `http2_body_preread_size size`: How much of a request body a client may send before it is asked for. Default: `64k`. */
  readonly http2BodyPrereadSize?: Size
  /** `http2_recv_buffer_size ...`: Accepted; has no meaning here. */
  readonly http2RecvBufferSize?: Several<Text>
  /** `http2_pool_size ...`: Accepted; has no meaning here. */
  readonly http2PoolSize?: Several<Text>
  /** `http2_streams_index_size ...`: Accepted; has no meaning here. */
  readonly http2StreamsIndexSize?: Several<Text>
  /** `http2_recv_timeout ...`: Obsolete, without effect: use client_header_timeout. */
  readonly http2RecvTimeout?: Several<Text>
  /** `http2_idle_timeout ...`: Obsolete, without effect: use keepalive_timeout. */
  readonly http2IdleTimeout?: Several<Text>
  /** `http2_max_requests ...`: Obsolete, without effect: use keepalive_requests. */
  readonly http2MaxRequests?: Several<Text>
  /** `http2_max_field_size ...`: Obsolete, without effect: use large_client_header_buffers. */
  readonly http2MaxFieldSize?: Several<Text>
  /** `http2_max_header_size ...`: Obsolete, without effect: use large_client_header_buffers. */
  readonly http2MaxHeaderSize?: Several<Text>
  /** `http2_max_concurrent_pushes ...`: Obsolete, without effect. */
  readonly http2MaxConcurrentPushes?: Several<Text>
  /** `http2_push_preload ...`: Obsolete, without effect. */
  readonly http2PushPreload?: Several<Text>
  /** `http2_push ...`: Obsolete, without effect. */
  readonly http2Push?: Several<Text>
  /** `add_header name value [always]`: Field added to responses; with "always" to error pages, too. */
  readonly addHeader?: Several<Text>
  /** `add_header_inherit on | off | merge`: What becomes of the fields of the level above. Default: `on`. */
  readonly addHeaderInherit?: 'merge' | boolean
  /** `add_trailer name value [always]`: Field added after the body of a chunked response. */
  readonly addTrailer?: Several<Text>
  /** `add_trailer_inherit on | off | merge`: What becomes of the trailers of the level above. Default: `on`. */
  readonly addTrailerInherit?: 'merge' | boolean
  /** `expires [modified] time | epoch | max | off`: Expires and Cache-Control fields of responses. Default: `off`. */
  readonly expires?: Several<Text>
  /** `error_page code ... [=[response]] uri`: What is answered instead of a response with one of these codes. */
  readonly errorPage?: Several<Text>
  /** `recursive_error_pages on | off`: Whether an error page may have an error page. Default: `off`. */
  readonly recursiveErrorPages?: boolean
  /** `absolute_redirect on | off`: Whether own redirects name scheme and host. Default: `on`. */
  readonly absoluteRedirect?: boolean
  /** `port_in_redirect on | off`: Whether own redirects name the port. Default: `on`. */
  readonly portInRedirect?: boolean
  /** `server_name_in_redirect on | off`: Whether own redirects name the first server_name instead of the host asked for. Default: `off`. */
  readonly serverNameInRedirect?: boolean
  /** `early_hints string ...`: Conditions under which 103 responses are passed on. */
  readonly earlyHints?: Several<Text>
  /** `gzip on | off`: Whether answers are compressed with gzip. Default: `off`. */
  readonly gzip?: boolean
  /** `gzip_comp_level level`: gzip's effort. 1 to 9. Default: `1`. */
  readonly gzipCompLevel?: Several<Text>
  /** `gzip_min_length size`: Shortest answer that is compressed, by its Content-Length. Default: `20`. */
  readonly gzipMinLength?: Size
  /** `gzip_types type ...`: Types that are compressed besides text/html; * is every type. Default: `text/html`. */
  readonly gzipTypes?: Several<Text>
  /** `gzip_static off | on | always`: Whether `file.gz` is sent in the place of `file`. Default: `off`. */
  readonly gzipStatic?: 'always' | boolean
  /** `gzip_window size`: How far back gzip looks for repetitions. Default: `32k`. */
  readonly gzipWindow?: Size
  /** `gzip_hash size`: Memory of the table gzip finds repetitions with. Default: `128k`. */
  readonly gzipHash?: Size
  /** `gunzip on | off`: Whether gzip is taken off for clients that do not take it. Default: `off`. */
  readonly gunzip?: boolean
  /** `brotli on | off`: Whether answers are compressed with brotli. Default: `off`. */
  readonly brotli?: boolean
  /** `brotli_comp_level level`: brotli's effort. 0 to 11. Default: `6`. */
  readonly brotliCompLevel?: Several<Text>
  /** `brotli_min_length size`: Shortest answer that is compressed, by its Content-Length. Default: `20`. */
  readonly brotliMinLength?: Size
  /** `brotli_types type ...`: Types that are compressed besides text/html. Default: `text/html`. */
  readonly brotliTypes?: Several<Text>
  /** `brotli_static off | on | always`: Whether `file.br` is sent in the place of `file`. Default: `off`. */
  readonly brotliStatic?: 'always' | boolean
  /** `zstd on | off`: Whether answers are compressed with Zstandard. Default: `off`. */
  readonly zstd?: boolean
  /** `zstd_comp_level level`: Zstandard's effort. 1 to 22. Default: `3`. */
  readonly zstdCompLevel?: Several<Text>
  /** `zstd_min_length size`: Shortest answer that is compressed, by its Content-Length. Default: `20`. */
  readonly zstdMinLength?: Size
  /** `zstd_types type ...`: Types that are compressed besides text/html. Default: `text/html`. */
  readonly zstdTypes?: Several<Text>
  /** `zstd_static off | on | always`: Whether `file.zst` is sent in the place of `file`. Default: `off`. */
  readonly zstdStatic?: 'always' | boolean
  /** `gzip_http_version 1.0 | 1.1`: Least HTTP version of a client that gets compressed answers. Default: `1.1`. */
  readonly gzipHttpVersion?: Several<Text>
  /** `gzip_proxied off | expired | no-cache | no-store | private | no_last_modified | no_etag | auth | any ...`: Which answers are compressed for requests that came through a proxy (Via). Default: `off`. */
  readonly gzipProxied?: Several<Text>
  /** `gzip_vary on | off`: Whether answers that may be compressed say Vary: Accept-Encoding. Default: `off`. */
  readonly gzipVary?: boolean
  /** `gzip_disable regex ...`: User agents that get nothing compressed; also `msie6`. */
  readonly gzipDisable?: Several<Text>
  /** `sub_filter string replacement`: Text of answers that is replaced, in any case. */
  readonly subFilter?: Several<Text>
  /** `sub_filter_once on | off`: Whether each text is replaced only where it is first found. Default: `on`. */
  readonly subFilterOnce?: boolean
  /** `sub_filter_types type ...`: Types that sub_filter looks into besides text/html. Default: `text/html`. */
  readonly subFilterTypes?: Several<Text>
  /** `sub_filter_last_modified on | off`: Whether answers keep Last-Modified when their text is replaced. Default: `off`. */
  readonly subFilterLastModified?: boolean
  /** `charset charset | off`: Charset that Content-Type names, and answers are recoded to. Default: `off`. */
  readonly charset?: 'charset' | false
  /** `source_charset charset | off`: Charset answers are in when they do not say. Default: `off`. */
  readonly sourceCharset?: 'charset' | false
  /** `override_charset on | off`: Whether an answer of a server that names its charset is recoded. Default: `off`. */
  readonly overrideCharset?: boolean
  /** `charset_types type ...`: Types that get a charset besides text/html. Default: `text/html text/xml text/plain text/vnd.wap.wml application/javascript application/rss+xml`. */
  readonly charsetTypes?: Several<Text>
  /** `charset_map charset1 charset2 { code1 code2; ... }`: How bytes are recoded. */
  readonly charsetMap?: Readonly<Record<string, Words<Text> | Readonly<Record<string, Words<Text>>>>>
  /** `autoindex_format html | xml | json | jsonp`: How folders are listed. Default: `html`. */
  readonly autoindexFormat?: 'html' | 'xml' | 'json' | 'jsonp'
  /** `autoindex_exact_size on | off`: Whether listings tell sizes in bytes. Default: `on`. */
  readonly autoindexExactSize?: boolean
  /** `autoindex_localtime on | off`: Whether listings tell times of this time zone. Default: `off`. */
  readonly autoindexLocaltime?: boolean
  /** `random_index on | off`: Whether a file of the folder, any, stands for it. Default: `off`. */
  readonly randomIndex?: boolean
  /** `disable_symlinks off | on | if_not_owner [from=part]`: Whether symbolic links in paths of files are followed. Default: `off`. */
  readonly disableSymlinks?: Several<Text>
  /** `set $variable value`: Gives a variable a value. */
  readonly set?: Several<Made>
  /** `rewrite regex replacement [last | break | redirect | permanent]`: Changes the path of requests that match. */
  readonly rewrite?: Several<Text>
  /** `return code [text | url] | url`: Answers at once. */
  readonly return?: Several<Text>
  /** `break`: Ends the rewrite statements of this level. */
  readonly break?: boolean
  /** `geo [$address] $variable { ... }`: A variable whose value depends on an address. */
  readonly geo?: Readonly<Record<string, Words<Made> | Readonly<Record<string, Words<Made>>>>>
  /** `split_clients string $variable { ... }`: A variable with a value for each share of clients. */
  readonly splitClients?: Readonly<Record<string, Words<Made> | Readonly<Record<string, Words<Made>>>>>
  /** `root path`: Folder that paths are looked up in. Default: `html`. */
  readonly root?: Several<Text>
  /** `alias path`: What the prefix of the location is replaced by. */
  readonly alias?: Several<Text>
  /** `index file ...`: Files that stand for a folder. Default: `index.html`. */
  readonly index?: Several<Text>
  /** `try_files file ... uri | =code`: Files tried in turn, then where to go. */
  readonly tryFiles?: Several<Text>
  /** `default_type type`: Content type of files without a known extension. Default: `text/plain`. */
  readonly defaultType?: Several<Text>
  /** `etag on | off`: Whether files get an ETag. Default: `on`. */
  readonly etag?: boolean
  /** `if_modified_since off | exact | before`: How If-Modified-Since is compared. Default: `exact`. */
  readonly ifModifiedSince?: false | 'exact' | 'before'
  /** `max_ranges number`: Most ranges one request may ask for; 0 turns ranges off. */
  readonly maxRanges?: number
  /** `autoindex on | off`: Whether folders are listed. Default: `off`. */
  readonly autoindex?: boolean
  /** `log_not_found on | off`: Whether missing files are told in the error log. Default: `on`. */
  readonly logNotFound?: boolean
  /** `ssl_certificate file | data:text | auto`: Certificate with its chain; several for several kinds of keys. */
  readonly sslCertificate?: Several<Text>
  /** `ssl_certificate_key file | data:text`: Key of the certificate named at the same place. */
  readonly sslCertificateKey?: Several<Text>
  /** `ssl_certificate_cache off | max=n [inactive=time] [valid=time]`: Keeps certificates whose names have variables. Default: `off`. */
  readonly sslCertificateCache?: Several<Text>
  /** `ssl_certificate_compression on | off`: Compresses certificates for clients that can take them so. Default: `off`. */
  readonly sslCertificateCompression?: boolean
  /** `ssl_password_file file`: Pass phrases of keys, one a line. */
  readonly sslPasswordFile?: Several<Text>
  /** `ssl_protocols TLSv1 | TLSv1.1 | TLSv1.2 | TLSv1.3 ...`: Versions of TLS. Default: `TLSv1.2 TLSv1.3`. */
  readonly sslProtocols?: Several<Text>
  /** `ssl_ciphers list`: Ciphers as OpenSSL writes them. Default: `HIGH:!aNULL:!MD5`. */
  readonly sslCiphers?: Several<Text>
  /** `ssl_ecdh_curve list`: Groups for the key exchange, with colons between. Default: `auto`. */
  readonly sslEcdhCurve?: Several<Text>
  /** `ssl_dhparam file`: Parameters of DHE ciphers. */
  readonly sslDhparam?: Several<Text>
  /** `ssl_prefer_server_ciphers on | off`: The order of ssl_ciphers counts, not that of the client. Default: `off`. */
  readonly sslPreferServerCiphers?: boolean
  /** `ssl_conf_command name value`: A command of OpenSSL: Ciphersuites, CipherString, Curves, Groups, SignatureAlgorithms, MinProtocol, MaxProtocol, Options, Certificate, PrivateKey. */
  readonly sslConfCommand?: Several<Text>
  /** `ssl_session_cache off | none | builtin[:n] | shared:name:size`: Keeps sessions for clients without tickets; each worker its own. Default: `none`. */
  readonly sslSessionCache?: Several<Text>
  /** `ssl_session_timeout time`: How long a session can be taken up again. Default: `5m`. */
  readonly sslSessionTimeout?: Duration
  /** `ssl_session_tickets on | off`: Sessions are kept by clients, sealed with keys that all workers have. Default: `on`. */
  readonly sslSessionTickets?: boolean
  /** `ssl_session_ticket_key file`: A file of 48 random bytes that seals tickets, for several machines that share clients. */
  readonly sslSessionTicketKey?: Several<Text>
  /** `ssl_verify_client off | on | optional | optional_no_ca`: Whether clients show certificates. Default: `off`. */
  readonly sslVerifyClient?: 'optional' | 'optional_no_ca' | boolean
  /** `ssl_verify_depth number`: Most certificates between that of a client and one that is trusted. Default: `1`. */
  readonly sslVerifyDepth?: number
  /** `ssl_client_certificate file`: Authorities of client certificates, told to clients. */
  readonly sslClientCertificate?: Several<Text>
  /** `ssl_trusted_certificate file`: More authorities of client certificates. */
  readonly sslTrustedCertificate?: Several<Text>
  /** `ssl_crl file`: Client certificates that were revoked. */
  readonly sslCrl?: Several<Text>
  /** `ssl_reject_handshake on | off`: Handshakes for this server are refused. Default: `off`. */
  readonly sslRejectHandshake?: boolean
  /** `ssl_ocsp off | on | leaf`: Asks those who issued the certificates of clients whether they still hold. Default: `off`. */
  readonly sslOcsp?: 'leaf' | boolean
  /** `ssl_ocsp_responder url`: Who is asked in the place of those that certificates name. */
  readonly sslOcspResponder?: Several<Text>
  /** `ssl_ocsp_cache off | shared:name:size`: Remembers what is said of the certificates of clients; each worker for itself. Default: `off`. */
  readonly sslOcspCache?: Several<Text>
  /** `ssl_stapling_file file`: An OCSP response in DER that is stapled. */
  readonly sslStaplingFile?: Several<Text>
  /** `ssl_stapling on | off`: Staples what the issuer says of the certificate, for clients that ask for it. Default: `off`. */
  readonly sslStapling?: boolean
  /** `ssl_stapling_responder url`: Who is asked in the place of the one that the certificate names. */
  readonly sslStaplingResponder?: Several<Text>
  /** `ssl_stapling_verify on | off`: Who answers is to be proved by ssl_trusted_certificate, up to a root. Default: `off`. */
  readonly sslStaplingVerify?: boolean
  /** `ssl_early_data ...`: Accepted; has no meaning here. */
  readonly sslEarlyData?: Several<Text>
  /** `ssl_buffer_size ...`: Accepted; has no meaning here. */
  readonly sslBufferSize?: Several<Text>
  /** `ssl_object_cache_inheritable on | off`: A reload reads only those certificates anew that changed on disk. Default: `off`. */
  readonly sslObjectCacheInheritable?: boolean
  /** `otel_exporter { endpoint ...; interval ...; batch_size ...; ... }`: Where spans are posted, as OTLP over HTTP: endpoint, header, trusted_certificate, interval, batch_size, batch_count. */
  readonly otelExporter?: Readonly<Record<string, Words<Text> | Readonly<Record<string, Words<Text>>>>>
  /** `otel_service_name name`: Name of this service in traces. Default: `evenkeel`. */
  readonly otelServiceName?: Several<Text>
  /** `otel_resource_attr name value`: Told with every batch of spans. */
  readonly otelResourceAttr?: Several<Text>
  /** `otel_trace on | off | $variable`: Whether requests are traced. Default: `off`. */
  readonly otelTrace?: Several<Text>
  /** `otel_trace_context extract | inject | propagate | ignore`: Whether `traceparent` of a request counts (extract), is set for origins (inject), or both (propagate). Default: `ignore`. */
  readonly otelTraceContext?: 'extract' | 'inject' | 'propagate' | 'ignore'
  /** `otel_span_name name`: What the span of a request is called. Default: `the method and the location`. */
  readonly otelSpanName?: Several<Text>
  /** `otel_span_attr name value`: Told with the span of a request. */
  readonly otelSpanAttr?: Several<Text>
  /** `acme_issuer name { uri ...; challenge ...; contact ...; state_path ...; ... }`: Who issues certificates over ACME: uri, account_key, challenge, contact, external_account_key, preferred_chain, profile, common_name_in_csr, ssl_trusted_certificate, ssl_verify, state_path, accept_terms_of_service. */
  readonly acmeIssuer?: Readonly<Record<string, Words<Text> | Readonly<Record<string, Words<Text>>>>>
  /** `acme_certificate issuer [identifier ...] [key=alg[:size]]`: The server has a certificate of that issuer, for these names or those of server_name: `$acme_certificate`, `$acme_certificate_key`. */
  readonly acmeCertificate?: Several<Text>
  /** `acme_shared_zone zone=name:size`: Accepted; memory is there. Default: `zone=ngx_acme_shared:256k`. */
  readonly acmeSharedZone?: Several<Text>
  /** `proxy_ssl_certificate file | data:text`: Certificate shown to origins that ask for one. */
  readonly proxySslCertificate?: Several<Text>
  /** `proxy_ssl_certificate_key file | data:text`: Key of that certificate. */
  readonly proxySslCertificateKey?: Several<Text>
  /** `proxy_ssl_certificate_cache off | max=n [inactive=time] [valid=time]`: Keeps certificates whose names have variables. Default: `off`. */
  readonly proxySslCertificateCache?: Several<Text>
  /** `proxy_ssl_password_file file`: Pass phrases of keys, one a line. */
  readonly proxySslPasswordFile?: Several<Text>
  /** `proxy_ssl_protocols TLSv1 | TLSv1.1 | TLSv1.2 | TLSv1.3 ...`: Versions of TLS towards origins. Default: `TLSv1.2 TLSv1.3`. */
  readonly proxySslProtocols?: Several<Text>
  /** `proxy_ssl_ciphers list`: Ciphers towards origins, as OpenSSL writes them. Default: `DEFAULT`. */
  readonly proxySslCiphers?: Several<Text>
  /** `proxy_ssl_conf_command name value`: A command of OpenSSL, as for ssl_conf_command. */
  readonly proxySslConfCommand?: Several<Text>
  /** `proxy_ssl_name name`: Whom the certificate of origins has to be for. Default: `$proxy_host`. */
  readonly proxySslName?: Several<Text>
  /** `proxy_ssl_server_name on | off`: Tells origins that name in the handshake (SNI). Default: `off`. */
  readonly proxySslServerName?: boolean
  /** `proxy_ssl_session_reuse on | off`: Takes up sessions with origins again. Default: `on`. */
  readonly proxySslSessionReuse?: boolean
  /** `proxy_ssl_verify on | off`: Whether origins have to prove who they are. Default: `off`. */
  readonly proxySslVerify?: boolean
  /** `proxy_ssl_verify_depth number`: Most certificates between that of origins and one that is trusted. Default: `1`. */
  readonly proxySslVerifyDepth?: number
  /** `proxy_ssl_trusted_certificate file`: Authorities that certificates of origins are trusted by. */
  readonly proxySslTrustedCertificate?: Several<Text>
  /** `proxy_ssl_crl file`: Certificates of origins that were revoked. */
  readonly proxySslCrl?: Several<Text>
  /** `auth_request uri | off`: Asks this location first whether a request may pass. Default: `off`. */
  readonly authRequest?: string | false
  /** `auth_request_set $variable value`: Gives a variable a value once auth_request has its answer. */
  readonly authRequestSet?: Several<Made>
  /** `mirror uri | off`: Location that gets a copy of each request; its answer is dropped. Default: `off`. */
  readonly mirror?: string | false
  /** `mirror_request_body on | off`: Whether the body is mirrored; it is read whole first then. Default: `on`. */
  readonly mirrorRequestBody?: boolean
  /** `add_before_body uri`: Location whose response goes before the body. */
  readonly addBeforeBody?: Several<Text>
  /** `add_after_body uri`: Location whose response goes after the body. */
  readonly addAfterBody?: Several<Text>
  /** `addition_types type ...`: Types besides text/html that bodies are added to. Default: `text/html`. */
  readonly additionTypes?: Several<Text>
  /** `post_action uri | off`: Location that is asked after each response. Default: `off`. */
  readonly postAction?: string | false
  /** `subrequest_output_buffer_size size`: Longest response of a subrequest that a variable takes. Default: `4k`. */
  readonly subrequestOutputBufferSize?: Size
  /** `slice size`: Bytes of a response that are asked for at a time, by $slice_range. Default: `0`. */
  readonly slice?: Size
  /** `ssi on | off`: Whether SSI commands in responses are carried out. Default: `off`. */
  readonly ssi?: boolean
  /** `ssi_types type ...`: Types besides text/html that are searched for SSI commands. Default: `text/html`. */
  readonly ssiTypes?: Several<Text>
  /** `ssi_silent_errors on | off`: Whether SSI commands that fail leave no text in the page. Default: `off`. */
  readonly ssiSilentErrors?: boolean
  /** `ssi_last_modified on | off`: Whether pages made by SSI keep their Last-Modified and ETag. Default: `off`. */
  readonly ssiLastModified?: boolean
  /** `ssi_value_length size`: Longest value of a parameter of an SSI command. Default: `256`. */
  readonly ssiValueLength?: Size
  /** `allow address | network | unix: | all`: Networks that may ask. */
  readonly allow?: Several<Text>
  /** `deny address | network | unix: | all`: Networks that may not. */
  readonly deny?: Several<Text>
  /** `satisfy all | any`: Whether every kind of access control must agree, or one is enough. Default: `all`. */
  readonly satisfy?: 'all' | 'any'
  /** `set_real_ip_from address | network | name | unix:`: Proxies whose word about the address of the client is taken. */
  readonly setRealIpFrom?: Several<Text>
  /** `real_ip_header field | X-Real-IP | X-Forwarded-For | proxy_protocol`: Where such proxies say it. Default: `X-Real-IP`. */
  readonly realIpHeader?: Several<Text>
  /** `real_ip_recursive on | off`: Whether addresses of further such proxies are passed over in a list. Default: `off`. */
  readonly realIpRecursive?: boolean
  /** `auth_basic string | off`: Asks for a name and a password, for this realm. Default: `off`. */
  readonly authBasic?: string | false
  /** `auth_basic_user_file file`: Names and hashes of passwords, as htpasswd writes them. */
  readonly authBasicUserFile?: Several<Text>
  /** `auth_jwt string [token=$variable] | off`: Asks for a signed token, for this realm. Default: `off`. */
  readonly authJwt?: Several<Text>
  /** `auth_jwt_key_file file`: Keys that tokens may be signed with, as a JSON Web Key Set. */
  readonly authJwtKeyFile?: Several<Text>
  /** `auth_jwt_key_request uri`: Asks this location for keys that tokens may be signed with. */
  readonly authJwtKeyRequest?: Several<Text>
  /** `auth_jwt_leeway time`: How far clocks may be apart. Default: `0s`. */
  readonly authJwtLeeway?: Duration
  /** `auth_jwt_require $value ... [error=401|403]`: Texts that may be neither empty nor 0. */
  readonly authJwtRequire?: Several<Text>
  /** `auth_delay time`: How long an answer of 401 is held back. Default: `0s`. */
  readonly authDelay?: Duration
  /** `secure_link expression`: Where the hash of a link stands, and until when it holds. */
  readonly secureLink?: Several<Text>
  /** `secure_link_md5 expression`: What the hash of a link has to be of. */
  readonly secureLinkMd5?: Several<Text>
  /** `secure_link_secret word`: The word that the hash in a path is made with. */
  readonly secureLinkSecret?: Several<Text>
  /** `valid_referers none | blocked | server_names | host | ~regex ...`: Pages that may link here: $invalid_referer tells the others. */
  readonly validReferers?: Several<Text>
  /** `referer_hash_bucket_size size`: Accepted; has no meaning here. */
  readonly refererHashBucketSize?: Size
  /** `referer_hash_max_size size`: Accepted; has no meaning here. */
  readonly refererHashMaxSize?: Size
  /** `userid on | v1 | log | off`: Whether browsers get a cookie by which they are known again; log: those they have are only read. Default: `off`. */
  readonly userid?: 'v1' | 'log' | boolean
  /** `userid_name name`: Name of that cookie. Default: `uid`. */
  readonly useridName?: Several<Text>
  /** `userid_domain name | none`: Domain it is for. Default: `none`. */
  readonly useridDomain?: string
  /** `userid_path path`: Path it is for. Default: `/`. */
  readonly useridPath?: Several<Text>
  /** `userid_p3p string | none`: Value of a P3P field sent with it. Default: `none`. */
  readonly useridP3p?: string
  /** `userid_expires time | max | off`: How long a browser keeps it. Default: `off`. */
  readonly useridExpires?: Duration | 'max' | false
  /** `userid_mark letter | digit | = | off`: A sign by which it is left as it is. Default: `off`. */
  readonly useridMark?: Several<Text>
  /** `userid_service number`: Who gives it; else the address of the server. */
  readonly useridService?: number
  /** `userid_flags secure | httponly | samesite=strict | samesite=lax | samesite=none ... | off`: Further attributes of that cookie. Default: `off`. */
  readonly useridFlags?: Several<Text>
  /** `limit_req_zone key zone=name:size rate=number{r/s|r/m}`: What requests are counted by. */
  readonly limitReqZone?: Several<Text>
  /** `limit_req zone=name [burst=number] [nodelay | delay=number]`: Requests beyond the rate of the zone wait, those beyond the burst are refused. */
  readonly limitReq?: Several<Text>
  /** `limit_req_dry_run on | off`: Whether limit_req only tells what it would do. Default: `off`. */
  readonly limitReqDryRun?: boolean
  /** `limit_req_log_level info | notice | warn | error`: How gravely refused requests are told. Default: `error`. */
  readonly limitReqLogLevel?: 'info' | 'notice' | 'warn' | 'error'
  /** `limit_req_status code`: What requests are answered that limit_req refuses. Default: `503`. */
  readonly limitReqStatus?: Several<Text>
  /** `limit_conn_zone key zone=name:size`: What requests at a time are counted by. */
  readonly limitConnZone?: Several<Text>
  /** `limit_conn zone number`: Most requests at a time for each key of the zone. */
  readonly limitConn?: Several<Text>
  /** `limit_conn_dry_run on | off`: Whether limit_conn only tells what it would do. Default: `off`. */
  readonly limitConnDryRun?: boolean
  /** `limit_conn_log_level info | notice | warn | error`: How gravely refused requests are told. Default: `error`. */
  readonly limitConnLogLevel?: 'info' | 'notice' | 'warn' | 'error'
  /** `limit_conn_status code`: What requests are answered that limit_conn refuses. Default: `503`. */
  readonly limitConnStatus?: Several<Text>
  /** `limit_rate size`: Bytes a second to the client for each response; 0: no limit. Default: `0`. */
  readonly limitRate?: Size
  /** `limit_rate_after size`: Bytes of each response that go out unlimited. Default: `0`. */
  readonly limitRateAfter?: Size
  /** `proxy_limit_rate size`: Bytes a second from the upstream for each response; 0: no limit. Default: `0`. */
  readonly proxyLimitRate?: Size
  /** `set_by $variable module`: A variable whose value is made by a function in TypeScript, once a request. Only in evenkeel. */
  readonly setBy?: Blocks<Key, Module>
  /** `step module [timeout=time] [failure=error | skip] | off`: Runs a function in TypeScript before a request is answered: it may answer, redirect, or change header fields. Only in evenkeel. */
  readonly step?: CodeStep | false | readonly CodeStep[]
  /** `response_step module | off`: Runs a function in TypeScript on the head of each response. Only in evenkeel. */
  readonly responseStep?: Module | false | readonly Module[]
  /** `proxy_next_upstream_by module | off`: Asks a function in TypeScript whether a failed attempt is repeated at the next server. Only in evenkeel. Default: `off`. */
  readonly proxyNextUpstreamBy?: Module | false
  /** `explain on | off | header`: Keeps what became of each request for the API to tell, by its $request_id; with `header` also in responses to requests with a field X-Evenkeel-Explain. For development. Only in evenkeel. Default: `off`. */
  readonly explain?: 'header' | boolean
  /** `fault_allowed on | off`: Whether "fault" may be used: for tests only. Default: `off`. */
  readonly faultAllowed?: boolean
  /** `fault delay=time | abort=status | reset | truncate=size | rate=size | off [percent=number] [seed=number] [name=name] [if=condition]`: Makes some requests slow, or fail; for tests only, after "fault_allowed on". */
  readonly fault?: Several<Text>
  /** `access_log file | syslog:... [format [gzip[=level]] [buffer=size] [flush=time] [if=condition]] | off`: Where requests are logged, and how. Default: `logs/access.log combined`. */
  readonly accessLog?: Several<Text>
  /** `log_format name [escape=default|json|none] string ...`: How lines of an access log look. Default: `combined "..."`. */
  readonly logFormat?: Several<Text>
  /** `open_log_file_cache max=N [inactive=time] [min_uses=N] [valid=time] | off`: How log files whose names hold variables are kept open. Default: `off`. */
  readonly openLogFileCache?: Several<Text>
  /** `log_subrequest on | off`: Whether subrequests are logged. Default: `off`. */
  readonly logSubrequest?: boolean
  /** `dashboard [api=/path/]`: Answers with a page that shows traffic, servers and their health live. `api=` says where the location with `api` is; `/api/` unless told. Only in evenkeel. */
  readonly dashboard?: Several<Text>
  /** `stream { ... }`: Servers of TCP and UDP, and what they share. */
  readonly stream?: Readonly<Record<string, Words<Text> | Readonly<Record<string, Words<Text>>>>>
  /** `pass address`: Hands the connection to another listener, one of http too. */
  readonly pass?: Several<Text>
  /** `proxy_timeout time`: Longest silence before a session ends. Default: `10m`. */
  readonly proxyTimeout?: Duration
  /** `proxy_half_close on | off`: Whether the end of one direction of a TCP connection leaves the other one open. Default: `off`. */
  readonly proxyHalfClose?: boolean
  /** `proxy_requests number`: Datagrams of a client after which the next begins a new session; 0: no number. Default: `0`. */
  readonly proxyRequests?: number
  /** `proxy_responses number`: Datagrams expected from the server in answer to each of the client; then the session ends. */
  readonly proxyResponses?: number
  /** `proxy_upload_rate rate`: Bytes a second that are read from the client; 0: no limit. Default: `0`. */
  readonly proxyUploadRate?: Several<Text>
  /** `proxy_download_rate rate`: Bytes a second that are read from the server; 0: no limit. Default: `0`. */
  readonly proxyDownloadRate?: Several<Text>
  /** `proxy_protocol off | on | v2`: Tells servers the client by the PROXY protocol. Default: `off`. */
  readonly proxyProtocol?: 'v2' | boolean
  /** `proxy_protocol_timeout time`: How long a client may take for its PROXY protocol head. Default: `30s`. */
  readonly proxyProtocolTimeout?: Duration
  /** `preread_buffer_size size`: Most that is read of a client before it is decided where to pass it. Default: `16k`. */
  readonly prereadBufferSize?: Size
  /** `preread_timeout time`: How long a client may take for what is read before. Default: `30s`. */
  readonly prereadTimeout?: Duration
  /** `ssl_preread on | off`: Reads the name and protocols a TLS client asks for, without ending TLS. Default: `off`. */
  readonly sslPreread?: boolean
  /** `ssl_handshake_timeout time`: How long a client may take for its handshake. Default: `60s`. */
  readonly sslHandshakeTimeout?: Duration
  /** `ssl_alpn protocol ...`: Protocols that clients may agree on (ALPN), the best first. */
  readonly sslAlpn?: Several<Text>
  /** `proxy_ssl on | off`: TLS is spoken with servers. Default: `off`. */
  readonly proxySsl?: boolean
  /** `proxy_ssl_alpn protocol ...`: Protocols offered to servers (ALPN), the best first. */
  readonly proxySslAlpn?: Several<Text>
  /** `health_check_timeout time`: How long a server may take to answer a health check. Default: `5s`. */
  readonly healthCheckTimeout?: Duration
  /** `api [write=on | write=off]`: Answers as the REST API of nginx; with `write=on` servers of upstreams can be changed. From this machine only, where nothing else says who may ask. */
  readonly api?: Several<Text>
  /** `metrics`: Answers with counters for Prometheus. From this machine only, where nothing else says who may ask. Only in evenkeel. */
  readonly metrics?: boolean
  /** `status_zone name | off`: Counts requests of the server, of the location, or sessions, under this name, for the API and metrics. */
  readonly statusZone?: string | false
  /** `state file`: File with the servers of the group, kept up to date with what the API makes of them. */
  readonly state?: Several<Text>
}

export type MainKey =
  | 'user'
  | 'workerProcesses'
  | 'workerRlimitNofile'
  | 'workerShutdownTimeout'
  | 'daemon'
  | 'masterProcess'
  | 'pid'
  | 'env'
  | 'errorLog'
  | 'overload'
  | 'sslObjectCacheInheritable'
  | 'stream'

export type HttpKey =
  | 'errorLog'
  | 'resolver'
  | 'resolverTimeout'
  | 'strictResolve'
  | 'keepaliveTime'
  | 'keepaliveTimeout'
  | 'keepaliveRequests'
  | 'matches'
  | 'proxyConnectTimeout'
  | 'proxySendTimeout'
  | 'proxyReadTimeout'
  | 'proxyHttpVersion'
  | 'proxyBuffering'
  | 'proxyRequestBuffering'
  | 'proxyBufferSize'
  | 'proxyBuffers'
  | 'proxySetHeader'
  | 'proxySetBody'
  | 'proxyMethod'
  | 'proxyPassRequestHeaders'
  | 'proxyPassRequestBody'
  | 'proxyPassTrailers'
  | 'proxyPassHeader'
  | 'proxyHideHeader'
  | 'proxyIgnoreHeaders'
  | 'proxyInterceptErrors'
  | 'proxyIgnoreClientAbort'
  | 'proxyNextUpstream'
  | 'proxyNextUpstreamTries'
  | 'proxyNextUpstreamTimeout'
  | 'proxySocketKeepalive'
  | 'proxyBind'
  | 'proxyForceRanges'
  | 'proxyMaxTempFileSize'
  | 'proxyTempPath'
  | 'proxyTotalTimeout'
  | 'proxyNextUpstreamBackoff'
  | 'proxyRedirect'
  | 'proxyCookieDomain'
  | 'proxyCookiePath'
  | 'proxyCookieFlags'
  | 'forwarded'
  | 'forwardedTrusted'
  | 'tunnelConnectTimeout'
  | 'tunnelReadTimeout'
  | 'tunnelNextUpstream'
  | 'tunnelNextUpstreamTries'
  | 'tunnelNextUpstreamTimeout'
  | 'tunnelSocketKeepalive'
  | 'tunnelBind'
  | 'grpcBind'
  | 'grpcBufferSize'
  | 'grpcConnectTimeout'
  | 'grpcErrorStatus'
  | 'grpcHideHeader'
  | 'grpcIgnoreHeaders'
  | 'grpcInterceptErrors'
  | 'grpcNextUpstream'
  | 'grpcNextUpstreamTimeout'
  | 'grpcNextUpstreamTries'
  | 'grpcPassHeader'
  | 'grpcReadTimeout'
  | 'grpcSendTimeout'
  | 'grpcSetHeader'
  | 'grpcWeb'
  | 'grpcSocketKeepalive'
  | 'grpcSslCertificate'
  | 'grpcSslCertificateKey'
  | 'grpcSslCertificateCache'
  | 'grpcSslPasswordFile'
  | 'grpcSslProtocols'
  | 'grpcSslCiphers'
  | 'grpcSslConfCommand'
  | 'grpcSslName'
  | 'grpcSslServerName'
  | 'grpcSslSessionReuse'
  | 'grpcSslVerify'
  | 'grpcSslVerifyDepth'
  | 'grpcSslTrustedCertificate'
  | 'grpcSslCrl'
  | 'proxyCachePath'
  | 'proxyCache'
  | 'proxyCacheKey'
  | 'proxyCacheValid'
  | 'proxyCacheMinUses'
  | 'proxyCacheLock'
  | 'proxyCacheLockAge'
  | 'proxyCacheLockTimeout'
  | 'proxyCacheUseStale'
  | 'proxyCacheBackgroundUpdate'
  | 'proxyCacheRevalidate'
  | 'proxyCacheBypass'
  | 'proxyNoCache'
  | 'proxyCachePurge'
  | 'proxyCacheMethods'
  | 'proxyCacheConvertHead'
  | 'proxyCacheMaxRangeOffset'
  | 'proxyCacheRequestControl'
  | 'proxyStore'
  | 'proxyStoreAccess'
  | 'clientHeaderTimeout'
  | 'clientHeaderBufferSize'
  | 'largeClientHeaderBuffers'
  | 'maxHeaders'
  | 'clientBodyTimeout'
  | 'clientMaxBodySize'
  | 'clientBodyBufferSize'
  | 'clientBodyTempPath'
  | 'clientBodyInFileOnly'
  | 'clientBodyInSingleBuffer'
  | 'sendTimeout'
  | 'keepaliveDisable'
  | 'lingeringClose'
  | 'lingeringTime'
  | 'lingeringTimeout'
  | 'resetTimedoutConnection'
  | 'chunkedTransferEncoding'
  | 'tcpNodelay'
  | 'ignoreInvalidHeaders'
  | 'underscoresInHeaders'
  | 'mergeSlashes'
  | 'serverTokens'
  | 'msiePadding'
  | 'http2'
  | 'http2MaxConcurrentStreams'
  | 'http2ChunkSize'
  | 'http2BodyPrereadSize'
  | 'http2RecvBufferSize'
  | 'http2PoolSize'
  | 'http2StreamsIndexSize'
  | 'http2RecvTimeout'
  | 'http2IdleTimeout'
  | 'http2MaxRequests'
  | 'http2MaxFieldSize'
  | 'http2MaxHeaderSize'
  | 'http2MaxConcurrentPushes'
  | 'http2PushPreload'
  | 'http2Push'
  | 'addHeader'
  | 'addHeaderInherit'
  | 'addTrailer'
  | 'addTrailerInherit'
  | 'expires'
  | 'errorPage'
  | 'recursiveErrorPages'
  | 'absoluteRedirect'
  | 'portInRedirect'
  | 'serverNameInRedirect'
  | 'earlyHints'
  | 'gzip'
  | 'gzipCompLevel'
  | 'gzipMinLength'
  | 'gzipTypes'
  | 'gzipStatic'
  | 'gzipWindow'
  | 'gzipHash'
  | 'gunzip'
  | 'brotli'
  | 'brotliCompLevel'
  | 'brotliMinLength'
  | 'brotliTypes'
  | 'brotliStatic'
  | 'zstd'
  | 'zstdCompLevel'
  | 'zstdMinLength'
  | 'zstdTypes'
  | 'zstdStatic'
  | 'gzipHttpVersion'
  | 'gzipProxied'
  | 'gzipVary'
  | 'gzipDisable'
  | 'subFilter'
  | 'subFilterOnce'
  | 'subFilterTypes'
  | 'subFilterLastModified'
  | 'charset'
  | 'sourceCharset'
  | 'overrideCharset'
  | 'charsetTypes'
  | 'charsetMap'
  | 'autoindexFormat'
  | 'autoindexExactSize'
  | 'autoindexLocaltime'
  | 'disableSymlinks'
  | 'geo'
  | 'splitClients'
  | 'root'
  | 'index'
  | 'defaultType'
  | 'etag'
  | 'ifModifiedSince'
  | 'maxRanges'
  | 'autoindex'
  | 'logNotFound'
  | 'sslCertificate'
  | 'sslCertificateKey'
  | 'sslCertificateCache'
  | 'sslCertificateCompression'
  | 'sslPasswordFile'
  | 'sslProtocols'
  | 'sslCiphers'
  | 'sslEcdhCurve'
  | 'sslDhparam'
  | 'sslPreferServerCiphers'
  | 'sslConfCommand'
  | 'sslSessionCache'
  | 'sslSessionTimeout'
  | 'sslSessionTickets'
  | 'sslSessionTicketKey'
  | 'sslVerifyClient'
  | 'sslVerifyDepth'
  | 'sslClientCertificate'
  | 'sslTrustedCertificate'
  | 'sslCrl'
  | 'sslRejectHandshake'
  | 'sslOcsp'
  | 'sslOcspResponder'
  | 'sslOcspCache'
  | 'sslStaplingFile'
  | 'sslStapling'
  | 'sslStaplingResponder'
  | 'sslStaplingVerify'
  | 'sslEarlyData'
  | 'sslBufferSize'
  | 'otelExporter'
  | 'otelServiceName'
  | 'otelResourceAttr'
  | 'otelTrace'
  | 'otelTraceContext'
  | 'otelSpanName'
  | 'otelSpanAttr'
  | 'acmeIssuer'
  | 'acmeSharedZone'
  | 'proxySslCertificate'
  | 'proxySslCertificateKey'
  | 'proxySslCertificateCache'
  | 'proxySslPasswordFile'
  | 'proxySslProtocols'
  | 'proxySslCiphers'
  | 'proxySslConfCommand'
  | 'proxySslName'
  | 'proxySslServerName'
  | 'proxySslSessionReuse'
  | 'proxySslVerify'
  | 'proxySslVerifyDepth'
  | 'proxySslTrustedCertificate'
  | 'proxySslCrl'
  | 'authRequest'
  | 'authRequestSet'
  | 'mirror'
  | 'mirrorRequestBody'
  | 'addBeforeBody'
  | 'addAfterBody'
  | 'additionTypes'
  | 'postAction'
  | 'subrequestOutputBufferSize'
  | 'slice'
  | 'ssi'
  | 'ssiTypes'
  | 'ssiSilentErrors'
  | 'ssiLastModified'
  | 'ssiValueLength'
  | 'allow'
  | 'deny'
  | 'satisfy'
  | 'setRealIpFrom'
  | 'realIpHeader'
  | 'realIpRecursive'
  | 'authBasic'
  | 'authBasicUserFile'
  | 'authJwt'
  | 'authJwtKeyFile'
  | 'authJwtKeyRequest'
  | 'authJwtLeeway'
  | 'authJwtRequire'
  | 'authDelay'
  | 'secureLink'
  | 'secureLinkMd5'
  | 'userid'
  | 'useridName'
  | 'useridDomain'
  | 'useridPath'
  | 'useridP3p'
  | 'useridExpires'
  | 'useridMark'
  | 'useridService'
  | 'useridFlags'
  | 'limitReqZone'
  | 'limitReq'
  | 'limitReqDryRun'
  | 'limitReqLogLevel'
  | 'limitReqStatus'
  | 'limitConnZone'
  | 'limitConn'
  | 'limitConnDryRun'
  | 'limitConnLogLevel'
  | 'limitConnStatus'
  | 'limitRate'
  | 'limitRateAfter'
  | 'proxyLimitRate'
  | 'setBy'
  | 'step'
  | 'responseStep'
  | 'proxyNextUpstreamBy'
  | 'explain'
  | 'faultAllowed'
  | 'fault'
  | 'accessLog'
  | 'logFormat'
  | 'openLogFileCache'
  | 'logSubrequest'

export type UpstreamKey =
  | 'zone'
  | 'leastConn'
  | 'leastTime'
  | 'ipHash'
  | 'hash'
  | 'random'
  | 'ewma'
  | 'maglev'
  | 'rendezvous'
  | 'first'
  | 'balance'
  | 'resolver'
  | 'resolverTimeout'
  | 'sticky'
  | 'outlier'
  | 'circuitBreaker'
  | 'panicThreshold'
  | 'failCounts'
  | 'subset'
  | 'retryBudget'
  | 'hedge'
  | 'adaptiveConcurrency'
  | 'preferZone'
  | 'queue'
  | 'keepalive'
  | 'keepaliveTime'
  | 'keepaliveTimeout'
  | 'keepaliveRequests'
  | 'state'

export type ServerKey =
  | 'errorLog'
  | 'listen'
  | 'serverName'
  | 'stubStatus'
  | 'resolver'
  | 'resolverTimeout'
  | 'keepaliveTime'
  | 'keepaliveTimeout'
  | 'keepaliveRequests'
  | 'proxyConnectTimeout'
  | 'proxySendTimeout'
  | 'proxyReadTimeout'
  | 'proxyHttpVersion'
  | 'proxyBuffering'
  | 'proxyRequestBuffering'
  | 'proxyBufferSize'
  | 'proxyBuffers'
  | 'proxySetHeader'
  | 'proxySetBody'
  | 'proxyMethod'
  | 'proxyPassRequestHeaders'
  | 'proxyPassRequestBody'
  | 'proxyPassTrailers'
  | 'proxyPassHeader'
  | 'proxyHideHeader'
  | 'proxyIgnoreHeaders'
  | 'proxyInterceptErrors'
  | 'proxyIgnoreClientAbort'
  | 'proxyNextUpstream'
  | 'proxyNextUpstreamTries'
  | 'proxyNextUpstreamTimeout'
  | 'proxySocketKeepalive'
  | 'proxyBind'
  | 'proxyForceRanges'
  | 'proxyMaxTempFileSize'
  | 'proxyTempPath'
  | 'proxyTotalTimeout'
  | 'proxyNextUpstreamBackoff'
  | 'proxyRedirect'
  | 'proxyCookieDomain'
  | 'proxyCookiePath'
  | 'proxyCookieFlags'
  | 'forwarded'
  | 'forwardedTrusted'
  | 'tunnelPass'
  | 'tunnelConnectTimeout'
  | 'tunnelReadTimeout'
  | 'tunnelNextUpstream'
  | 'tunnelNextUpstreamTries'
  | 'tunnelNextUpstreamTimeout'
  | 'tunnelSocketKeepalive'
  | 'tunnelBind'
  | 'grpcBind'
  | 'grpcBufferSize'
  | 'grpcConnectTimeout'
  | 'grpcErrorStatus'
  | 'grpcHideHeader'
  | 'grpcIgnoreHeaders'
  | 'grpcInterceptErrors'
  | 'grpcNextUpstream'
  | 'grpcNextUpstreamTimeout'
  | 'grpcNextUpstreamTries'
  | 'grpcPassHeader'
  | 'grpcReadTimeout'
  | 'grpcSendTimeout'
  | 'grpcSetHeader'
  | 'grpcWeb'
  | 'grpcSocketKeepalive'
  | 'grpcSslCertificate'
  | 'grpcSslCertificateKey'
  | 'grpcSslCertificateCache'
  | 'grpcSslPasswordFile'
  | 'grpcSslProtocols'
  | 'grpcSslCiphers'
  | 'grpcSslConfCommand'
  | 'grpcSslName'
  | 'grpcSslServerName'
  | 'grpcSslSessionReuse'
  | 'grpcSslVerify'
  | 'grpcSslVerifyDepth'
  | 'grpcSslTrustedCertificate'
  | 'grpcSslCrl'
  | 'proxyCache'
  | 'proxyCacheKey'
  | 'proxyCacheValid'
  | 'proxyCacheMinUses'
  | 'proxyCacheLock'
  | 'proxyCacheLockAge'
  | 'proxyCacheLockTimeout'
  | 'proxyCacheUseStale'
  | 'proxyCacheBackgroundUpdate'
  | 'proxyCacheRevalidate'
  | 'proxyCacheBypass'
  | 'proxyNoCache'
  | 'proxyCachePurge'
  | 'proxyCacheMethods'
  | 'proxyCacheConvertHead'
  | 'proxyCacheMaxRangeOffset'
  | 'proxyCacheRequestControl'
  | 'proxyStore'
  | 'proxyStoreAccess'
  | 'clientHeaderTimeout'
  | 'clientHeaderBufferSize'
  | 'largeClientHeaderBuffers'
  | 'maxHeaders'
  | 'clientBodyTimeout'
  | 'clientMaxBodySize'
  | 'clientBodyBufferSize'
  | 'clientBodyTempPath'
  | 'clientBodyInFileOnly'
  | 'clientBodyInSingleBuffer'
  | 'sendTimeout'
  | 'keepaliveDisable'
  | 'lingeringClose'
  | 'lingeringTime'
  | 'lingeringTimeout'
  | 'resetTimedoutConnection'
  | 'chunkedTransferEncoding'
  | 'tcpNodelay'
  | 'ignoreInvalidHeaders'
  | 'underscoresInHeaders'
  | 'mergeSlashes'
  | 'serverTokens'
  | 'msiePadding'
  | 'http2'
  | 'http2MaxConcurrentStreams'
  | 'http2ChunkSize'
  | 'http2BodyPrereadSize'
  | 'http2PoolSize'
  | 'http2StreamsIndexSize'
  | 'http2RecvTimeout'
  | 'http2IdleTimeout'
  | 'http2MaxRequests'
  | 'http2MaxFieldSize'
  | 'http2MaxHeaderSize'
  | 'http2MaxConcurrentPushes'
  | 'http2PushPreload'
  | 'http2Push'
  | 'addHeader'
  | 'addHeaderInherit'
  | 'addTrailer'
  | 'addTrailerInherit'
  | 'expires'
  | 'errorPage'
  | 'recursiveErrorPages'
  | 'absoluteRedirect'
  | 'portInRedirect'
  | 'serverNameInRedirect'
  | 'earlyHints'
  | 'gzip'
  | 'gzipCompLevel'
  | 'gzipMinLength'
  | 'gzipTypes'
  | 'gzipStatic'
  | 'gzipWindow'
  | 'gzipHash'
  | 'gunzip'
  | 'brotli'
  | 'brotliCompLevel'
  | 'brotliMinLength'
  | 'brotliTypes'
  | 'brotliStatic'
  | 'zstd'
  | 'zstdCompLevel'
  | 'zstdMinLength'
  | 'zstdTypes'
  | 'zstdStatic'
  | 'gzipHttpVersion'
  | 'gzipProxied'
  | 'gzipVary'
  | 'gzipDisable'
  | 'subFilter'
  | 'subFilterOnce'
  | 'subFilterTypes'
  | 'subFilterLastModified'
  | 'charset'
  | 'sourceCharset'
  | 'overrideCharset'
  | 'charsetTypes'
  | 'autoindexFormat'
  | 'autoindexExactSize'
  | 'autoindexLocaltime'
  | 'disableSymlinks'
  | 'set'
  | 'rewrite'
  | 'return'
  | 'break'
  | 'root'
  | 'index'
  | 'tryFiles'
  | 'defaultType'
  | 'etag'
  | 'ifModifiedSince'
  | 'maxRanges'
  | 'autoindex'
  | 'logNotFound'
  | 'sslCertificate'
  | 'sslCertificateKey'
  | 'sslCertificateCache'
  | 'sslCertificateCompression'
  | 'sslPasswordFile'
  | 'sslProtocols'
  | 'sslCiphers'
  | 'sslEcdhCurve'
  | 'sslDhparam'
  | 'sslPreferServerCiphers'
  | 'sslConfCommand'
  | 'sslSessionCache'
  | 'sslSessionTimeout'
  | 'sslSessionTickets'
  | 'sslSessionTicketKey'
  | 'sslVerifyClient'
  | 'sslVerifyDepth'
  | 'sslClientCertificate'
  | 'sslTrustedCertificate'
  | 'sslCrl'
  | 'sslRejectHandshake'
  | 'sslOcsp'
  | 'sslOcspResponder'
  | 'sslOcspCache'
  | 'sslStaplingFile'
  | 'sslStapling'
  | 'sslStaplingResponder'
  | 'sslStaplingVerify'
  | 'sslEarlyData'
  | 'sslBufferSize'
  | 'otelTrace'
  | 'otelTraceContext'
  | 'otelSpanName'
  | 'otelSpanAttr'
  | 'acmeCertificate'
  | 'proxySslCertificate'
  | 'proxySslCertificateKey'
  | 'proxySslCertificateCache'
  | 'proxySslPasswordFile'
  | 'proxySslProtocols'
  | 'proxySslCiphers'
  | 'proxySslConfCommand'
  | 'proxySslName'
  | 'proxySslServerName'
  | 'proxySslSessionReuse'
  | 'proxySslVerify'
  | 'proxySslVerifyDepth'
  | 'proxySslTrustedCertificate'
  | 'proxySslCrl'
  | 'authRequest'
  | 'authRequestSet'
  | 'mirror'
  | 'mirrorRequestBody'
  | 'addBeforeBody'
  | 'addAfterBody'
  | 'additionTypes'
  | 'postAction'
  | 'subrequestOutputBufferSize'
  | 'slice'
  | 'ssi'
  | 'ssiTypes'
  | 'ssiSilentErrors'
  | 'ssiLastModified'
  | 'ssiValueLength'
  | 'allow'
  | 'deny'
  | 'satisfy'
  | 'setRealIpFrom'
  | 'realIpHeader'
  | 'realIpRecursive'
  | 'authBasic'
  | 'authBasicUserFile'
  | 'authJwt'
  | 'authJwtKeyFile'
  | 'authJwtKeyRequest'
  | 'authJwtLeeway'
  | 'authJwtRequire'
  | 'authDelay'
  | 'secureLink'
  | 'secureLinkMd5'
  | 'validReferers'
  | 'refererHashBucketSize'
  | 'refererHashMaxSize'
  | 'userid'
  | 'useridName'
  | 'useridDomain'
  | 'useridPath'
  | 'useridP3p'
  | 'useridExpires'
  | 'useridMark'
  | 'useridService'
  | 'useridFlags'
  | 'limitReq'
  | 'limitReqDryRun'
  | 'limitReqLogLevel'
  | 'limitReqStatus'
  | 'limitConn'
  | 'limitConnDryRun'
  | 'limitConnLogLevel'
  | 'limitConnStatus'
  | 'limitRate'
  | 'limitRateAfter'
  | 'proxyLimitRate'
  | 'step'
  | 'responseStep'
  | 'proxyNextUpstreamBy'
  | 'explain'
  | 'fault'
  | 'accessLog'
  | 'openLogFileCache'
  | 'logSubrequest'
  | 'statusZone'

export type LocationKey =
  | 'errorLog'
  | 'internal'
  | 'stubStatus'
  | 'emptyGif'
  | 'resolver'
  | 'resolverTimeout'
  | 'keepaliveTime'
  | 'keepaliveTimeout'
  | 'keepaliveRequests'
  | 'healthCheck'
  | 'proxyPass'
  | 'proxyConnectTimeout'
  | 'proxySendTimeout'
  | 'proxyReadTimeout'
  | 'proxyHttpVersion'
  | 'proxyBuffering'
  | 'proxyRequestBuffering'
  | 'proxyBufferSize'
  | 'proxyBuffers'
  | 'proxySetHeader'
  | 'proxySetBody'
  | 'proxyMethod'
  | 'proxyPassRequestHeaders'
  | 'proxyPassRequestBody'
  | 'proxyPassTrailers'
  | 'proxyPassHeader'
  | 'proxyHideHeader'
  | 'proxyIgnoreHeaders'
  | 'proxyInterceptErrors'
  | 'proxyIgnoreClientAbort'
  | 'proxyNextUpstream'
  | 'proxyNextUpstreamTries'
  | 'proxyNextUpstreamTimeout'
  | 'proxySocketKeepalive'
  | 'proxyBind'
  | 'proxyForceRanges'
  | 'proxyMaxTempFileSize'
  | 'proxyTempPath'
  | 'proxyTotalTimeout'
  | 'proxyNextUpstreamBackoff'
  | 'proxyRedirect'
  | 'proxyCookieDomain'
  | 'proxyCookiePath'
  | 'proxyCookieFlags'
  | 'forwarded'
  | 'forwardedTrusted'
  | 'tunnelPass'
  | 'tunnelConnectTimeout'
  | 'tunnelReadTimeout'
  | 'tunnelNextUpstream'
  | 'tunnelNextUpstreamTries'
  | 'tunnelNextUpstreamTimeout'
  | 'tunnelSocketKeepalive'
  | 'tunnelBind'
  | 'grpcPass'
  | 'grpcBind'
  | 'grpcBufferSize'
  | 'grpcConnectTimeout'
  | 'grpcErrorStatus'
  | 'grpcHideHeader'
  | 'grpcIgnoreHeaders'
  | 'grpcInterceptErrors'
  | 'grpcNextUpstream'
  | 'grpcNextUpstreamTimeout'
  | 'grpcNextUpstreamTries'
  | 'grpcPassHeader'
  | 'grpcReadTimeout'
  | 'grpcSendTimeout'
  | 'grpcSetHeader'
  | 'grpcWeb'
  | 'grpcSocketKeepalive'
  | 'grpcSslCertificate'
  | 'grpcSslCertificateKey'
  | 'grpcSslCertificateCache'
  | 'grpcSslPasswordFile'
  | 'grpcSslProtocols'
  | 'grpcSslCiphers'
  | 'grpcSslConfCommand'
  | 'grpcSslName'
  | 'grpcSslServerName'
  | 'grpcSslSessionReuse'
  | 'grpcSslVerify'
  | 'grpcSslVerifyDepth'
  | 'grpcSslTrustedCertificate'
  | 'grpcSslCrl'
  | 'proxyCache'
  | 'proxyCacheKey'
  | 'proxyCacheValid'
  | 'proxyCacheMinUses'
  | 'proxyCacheLock'
  | 'proxyCacheLockAge'
  | 'proxyCacheLockTimeout'
  | 'proxyCacheUseStale'
  | 'proxyCacheBackgroundUpdate'
  | 'proxyCacheRevalidate'
  | 'proxyCacheBypass'
  | 'proxyNoCache'
  | 'proxyCachePurge'
  | 'proxyCacheMethods'
  | 'proxyCacheConvertHead'
  | 'proxyCacheMaxRangeOffset'
  | 'proxyCacheRequestControl'
  | 'proxyStore'
  | 'proxyStoreAccess'
  | 'clientBodyTimeout'
  | 'clientMaxBodySize'
  | 'clientBodyBufferSize'
  | 'clientBodyTempPath'
  | 'clientBodyInFileOnly'
  | 'clientBodyInSingleBuffer'
  | 'sendTimeout'
  | 'keepaliveDisable'
  | 'lingeringClose'
  | 'lingeringTime'
  | 'lingeringTimeout'
  | 'resetTimedoutConnection'
  | 'chunkedTransferEncoding'
  | 'tcpNodelay'
  | 'serverTokens'
  | 'msiePadding'
  | 'http2ChunkSize'
  | 'http2PushPreload'
  | 'http2Push'
  | 'addHeader'
  | 'addHeaderInherit'
  | 'addTrailer'
  | 'addTrailerInherit'
  | 'expires'
  | 'errorPage'
  | 'recursiveErrorPages'
  | 'absoluteRedirect'
  | 'portInRedirect'
  | 'serverNameInRedirect'
  | 'earlyHints'
  | 'gzip'
  | 'gzipCompLevel'
  | 'gzipMinLength'
  | 'gzipTypes'
  | 'gzipStatic'
  | 'gzipWindow'
  | 'gzipHash'
  | 'gunzip'
  | 'brotli'
  | 'brotliCompLevel'
  | 'brotliMinLength'
  | 'brotliTypes'
  | 'brotliStatic'
  | 'zstd'
  | 'zstdCompLevel'
  | 'zstdMinLength'
  | 'zstdTypes'
  | 'zstdStatic'
  | 'gzipHttpVersion'
  | 'gzipProxied'
  | 'gzipVary'
  | 'gzipDisable'
  | 'subFilter'
  | 'subFilterOnce'
  | 'subFilterTypes'
  | 'subFilterLastModified'
  | 'charset'
  | 'sourceCharset'
  | 'overrideCharset'
  | 'charsetTypes'
  | 'autoindexFormat'
  | 'autoindexExactSize'
  | 'autoindexLocaltime'
  | 'randomIndex'
  | 'disableSymlinks'
  | 'set'
  | 'rewrite'
  | 'return'
  | 'break'
  | 'root'
  | 'alias'
  | 'index'
  | 'tryFiles'
  | 'defaultType'
  | 'etag'
  | 'ifModifiedSince'
  | 'maxRanges'
  | 'autoindex'
  | 'logNotFound'
  | 'otelTrace'
  | 'otelTraceContext'
  | 'otelSpanName'
  | 'otelSpanAttr'
  | 'proxySslCertificate'
  | 'proxySslCertificateKey'
  | 'proxySslCertificateCache'
  | 'proxySslPasswordFile'
  | 'proxySslProtocols'
  | 'proxySslCiphers'
  | 'proxySslConfCommand'
  | 'proxySslName'
  | 'proxySslServerName'
  | 'proxySslSessionReuse'
  | 'proxySslVerify'
  | 'proxySslVerifyDepth'
  | 'proxySslTrustedCertificate'
  | 'proxySslCrl'
  | 'authRequest'
  | 'authRequestSet'
  | 'mirror'
  | 'mirrorRequestBody'
  | 'addBeforeBody'
  | 'addAfterBody'
  | 'additionTypes'
  | 'postAction'
  | 'subrequestOutputBufferSize'
  | 'slice'
  | 'ssi'
  | 'ssiTypes'
  | 'ssiSilentErrors'
  | 'ssiLastModified'
  | 'ssiValueLength'
  | 'allow'
  | 'deny'
  | 'satisfy'
  | 'setRealIpFrom'
  | 'realIpHeader'
  | 'realIpRecursive'
  | 'authBasic'
  | 'authBasicUserFile'
  | 'authJwt'
  | 'authJwtKeyFile'
  | 'authJwtKeyRequest'
  | 'authJwtLeeway'
  | 'authJwtRequire'
  | 'authDelay'
  | 'secureLink'
  | 'secureLinkMd5'
  | 'secureLinkSecret'
  | 'validReferers'
  | 'refererHashBucketSize'
  | 'refererHashMaxSize'
  | 'userid'
  | 'useridName'
  | 'useridDomain'
  | 'useridPath'
  | 'useridP3p'
  | 'useridExpires'
  | 'useridMark'
  | 'useridService'
  | 'useridFlags'
  | 'limitReq'
  | 'limitReqDryRun'
  | 'limitReqLogLevel'
  | 'limitReqStatus'
  | 'limitConn'
  | 'limitConnDryRun'
  | 'limitConnLogLevel'
  | 'limitConnStatus'
  | 'limitRate'
  | 'limitRateAfter'
  | 'proxyLimitRate'
  | 'step'
  | 'responseStep'
  | 'proxyNextUpstreamBy'
  | 'explain'
  | 'fault'
  | 'accessLog'
  | 'openLogFileCache'
  | 'logSubrequest'
  | 'dashboard'
  | 'api'
  | 'metrics'
  | 'statusZone'

export type IfKey =
  | 'proxyPass'
  | 'tunnelPass'
  | 'grpcPass'
  | 'addHeader'
  | 'addHeaderInherit'
  | 'addTrailer'
  | 'addTrailerInherit'
  | 'expires'
  | 'errorPage'
  | 'gzip'
  | 'brotli'
  | 'zstd'
  | 'charset'
  | 'sourceCharset'
  | 'overrideCharset'
  | 'set'
  | 'rewrite'
  | 'return'
  | 'break'
  | 'root'
  | 'ssi'
  | 'limitRate'
  | 'limitRateAfter'
  | 'accessLog'
  | 'statusZone'

export type LimitExceptKey =
  | 'proxyPass'
  | 'tunnelPass'
  | 'allow'
  | 'deny'
  | 'authBasic'
  | 'authBasicUserFile'
  | 'authJwt'
  | 'authJwtKeyFile'
  | 'authJwtKeyRequest'
  | 'authJwtRequire'
  | 'accessLog'

export type BuiltInVariable =
  | 'acme_certificate'
  | 'acme_certificate_key'
  | 'args'
  | 'binary_remote_addr'
  | 'body_bytes_sent'
  | 'bytes_sent'
  | 'connection'
  | 'connection_requests'
  | 'connection_time'
  | 'connections_active'
  | 'connections_reading'
  | 'connections_waiting'
  | 'connections_writing'
  | 'content_length'
  | 'content_type'
  | 'document_root'
  | 'document_uri'
  | 'failure'
  | 'gzip_ratio'
  | 'host'
  | 'hostname'
  | 'http2'
  | 'https'
  | 'invalid_referer'
  | 'is_args'
  | 'is_request_port'
  | 'limit_conn_status'
  | 'limit_rate'
  | 'limit_req_status'
  | 'msec'
  | 'nginx_version'
  | 'otel_parent_id'
  | 'otel_parent_sampled'
  | 'otel_span_id'
  | 'otel_trace_id'
  | 'otel_traceparent'
  | 'pid'
  | 'pipe'
  | 'proxy_add_x_forwarded_for'
  | 'proxy_host'
  | 'proxy_port'
  | 'proxy_protocol_addr'
  | 'proxy_protocol_port'
  | 'proxy_protocol_server_addr'
  | 'proxy_protocol_server_port'
  | 'query_string'
  | 'realip_remote_addr'
  | 'realip_remote_port'
  | 'realpath_root'
  | 'remote_addr'
  | 'remote_port'
  | 'remote_user'
  | 'request'
  | 'request_body'
  | 'request_body_file'
  | 'request_completion'
  | 'request_filename'
  | 'request_id'
  | 'request_length'
  | 'request_method'
  | 'request_port'
  | 'request_time'
  | 'request_uri'
  | 'scheme'
  | 'secure_link'
  | 'secure_link_expires'
  | 'server_addr'
  | 'server_name'
  | 'server_port'
  | 'server_protocol'
  | 'slice_range'
  | 'ssl_alpn_protocol'
  | 'ssl_cipher'
  | 'ssl_ciphers'
  | 'ssl_client_cert'
  | 'ssl_client_escaped_cert'
  | 'ssl_client_fingerprint'
  | 'ssl_client_i_dn'
  | 'ssl_client_i_dn_legacy'
  | 'ssl_client_raw_cert'
  | 'ssl_client_s_dn'
  | 'ssl_client_s_dn_legacy'
  | 'ssl_client_serial'
  | 'ssl_client_sigalg'
  | 'ssl_client_v_end'
  | 'ssl_client_v_remain'
  | 'ssl_client_v_start'
  | 'ssl_client_verify'
  | 'ssl_curve'
  | 'ssl_curves'
  | 'ssl_early_data'
  | 'ssl_ech_outer_server_name'
  | 'ssl_ech_status'
  | 'ssl_protocol'
  | 'ssl_server_name'
  | 'ssl_session_id'
  | 'ssl_session_reused'
  | 'ssl_sigalg'
  | 'ssl_sigalgs'
  | 'status'
  | 'tcpinfo_rcv_space'
  | 'tcpinfo_rtt'
  | 'tcpinfo_rttvar'
  | 'tcpinfo_snd_cwnd'
  | 'time_iso8601'
  | 'time_local'
  | 'uid_got'
  | 'uid_reset'
  | 'uid_set'
  | 'upstream_addr'
  | 'upstream_bytes_received'
  | 'upstream_bytes_sent'
  | 'upstream_cache_age'
  | 'upstream_cache_etag'
  | 'upstream_cache_key'
  | 'upstream_cache_last_modified'
  | 'upstream_cache_status'
  | 'upstream_choice'
  | 'upstream_connect_time'
  | 'upstream_header_time'
  | 'upstream_name'
  | 'upstream_peers'
  | 'upstream_queue_time'
  | 'upstream_response_length'
  | 'upstream_response_time'
  | 'upstream_status'
  | 'uri'

export type VariableFamily =
  | 'http_'
  | 'arg_'
  | 'cookie_'
  | 'sent_http_'
  | 'sent_trailer_'
  | 'upstream_http_'
  | 'upstream_cookie_'
  | 'upstream_trailer_'
  | 'proxy_protocol_tlv_'
  | 'jwt_claim_'
  | 'jwt_header_'
