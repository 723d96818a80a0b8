/**
 * A configuration as an ingress controller writes it from what teams declare: 200 hosts with the same long list of
 * settings each, upstreams with zones, a canary chosen by a header, and a default for everything else.
 */
export interface IngressHost {
  readonly host: string
  readonly upstream: string
  /** Paths with an upstream of their own. */
  readonly paths?: Readonly<Record<string, string>>
}

export function ingressConfiguration(
  hosts: readonly IngressHost[],
  upstreams: Readonly<Record<string, string>>,
): string {
  return `
pcre_jit on;
worker_rlimit_nofile 65536;

http {
    aio                         threads;
    aio_write                   on;
    tcp_nopush                  on;
    tcp_nodelay                 on;
    log_subrequest              on;
    reset_timedout_connection   on;
    keepalive_timeout           75s;
    keepalive_requests          1000;
    client_header_buffer_size   1k;
    client_header_timeout       60s;
    large_client_header_buffers 4 8k;
    client_body_buffer_size     8k;
    client_body_timeout         60s;
    http2_max_concurrent_streams 128;
    types_hash_max_size         2048;
    server_names_hash_max_size  4096;
    server_names_hash_bucket_size 64;
    map_hash_bucket_size        64;
    proxy_headers_hash_max_size 512;
    proxy_headers_hash_bucket_size 64;
    variables_hash_bucket_size  256;
    variables_hash_max_size     2048;
    underscores_in_headers      off;
    ignore_invalid_headers      on;
    limit_req_status            503;
    limit_conn_status           503;
    default_type                text/html;
    gzip on;
    gzip_comp_level 1;
    gzip_http_version 1.1;
    gzip_min_length 256;
    gzip_types application/javascript application/json text/css text/plain;
    gzip_proxied any;
    gzip_vary on;
    server_tokens off;
    uninitialized_variable_warn off;
    port_in_redirect off;

    log_format upstreaminfo '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id';
    map $request_uri $loggable { default 1; "/healthz" 0; }
    access_log access.log upstreaminfo if=$loggable;

    map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
    map $http_x_request_id $req_id { default $http_x_request_id; "" $request_id; }
    map $http_x_forwarded_proto $pass_access_scheme { default $http_x_forwarded_proto; '' $scheme; }
    map $http_x_forwarded_host $best_http_host { default $http_host; }

${Object.entries(upstreams)
  .map(
    ([name, server]) => `
    upstream ${name} {
        zone ${name} 256k;
        least_conn;
        server ${server} max_fails=1 fail_timeout=10s;
        keepalive 320;
        keepalive_time 1h;
        keepalive_timeout 60s;
        keepalive_requests 10000;
    }`,
  )
  .join('\n')}

    proxy_ssl_session_reuse on;

    map $http_x_canary $shop_release { default shop-80; always shop-canary-80; }

    server {
        server_name _;
        listen {{http}} default_server reuseport backlog=511;
        set $proxy_upstream_name "-";
        location /healthz { access_log off; return 200; }
        location / { access_log off; return 404; }
    }
${hosts.map(serverBlock).join('\n')}
}
`
}

function serverBlock({ host, upstream, paths = {} }: IngressHost): string {
  return `
    ## start server ${host}
    server {
        server_name ${host};
        http2 on;
        listen {{http}};
        set $proxy_upstream_name "-";
${Object.entries({ ...paths, '/': upstream })
  .map(([path, name]) => locationBlock(path, name))
  .join('\n')}
    }
    ## end server ${host}`
}

function locationBlock(path: string, upstream: string): string {
  return `
        location ${path} {
            set $namespace      "teams";
            set $service_name   "${upstream}";
            set $location_path  "${path}";
            set $proxy_upstream_name "${upstream}";
            set $proxy_host     $proxy_upstream_name;
            set $pass_port      $server_port;

            client_max_body_size              1m;
            proxy_set_header Host             $best_http_host;
            proxy_set_header Upgrade          $http_upgrade;
            proxy_set_header Connection       $connection_upgrade;
            proxy_set_header X-Request-ID     $req_id;
            proxy_set_header X-Real-IP        $remote_addr;
            proxy_set_header X-Forwarded-For  $remote_addr;
            proxy_set_header X-Forwarded-Host $best_http_host;
            proxy_set_header X-Forwarded-Port $pass_port;
            proxy_set_header X-Forwarded-Proto $pass_access_scheme;
            proxy_set_header X-Scheme         $pass_access_scheme;
            proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
            proxy_set_header Proxy            "";

            proxy_connect_timeout             5s;
            proxy_send_timeout                60s;
            proxy_read_timeout                60s;
            proxy_buffering                   off;
            proxy_buffer_size                 4k;
            proxy_buffers                     4 4k;
            proxy_max_temp_file_size          1024m;
            proxy_request_buffering           on;
            proxy_http_version                1.1;
            proxy_cookie_domain               off;
            proxy_cookie_path                 off;
            proxy_next_upstream               error timeout;
            proxy_next_upstream_timeout       0;
            proxy_next_upstream_tries         3;

            proxy_pass http://${upstream === 'shop-80' ? '$shop_release' : upstream};
            proxy_redirect off;
        }`
}
