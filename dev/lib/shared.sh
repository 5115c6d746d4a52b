# shellcheck shell=bash disable=SC2154 # cache.sh and clusters.sh set them
# Starts what the clusters with real pods share: the registry with the images of the tests, Prometheus, OpenSearch; sourced by up.

start_registry() {
    local folder=$1
    cat >"$folder/registry.yaml" <<END
version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $folder/registry }, delete: { enabled: true } }
http: { addr: ":5000" }
END
    start shared docker-registry env OTEL_TRACES_EXPORTER=none docker-registry serve "$folder/registry.yaml"
}

start_prometheus() {
    local folder=$1
    cat >"$folder/prometheus.yaml" <<END
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
scrape_configs:
  - job_name: k8s-pods
    file_sd_configs: [{ files: ["$folder/targets/*.json"] }]
  - job_name: prometheus
    static_configs: [{ targets: ["127.0.0.1:9090"] }]
END
    start shared prometheus prometheus --config.file "$folder/prometheus.yaml" --storage.tsdb.path "$folder/prometheus" \
        --storage.tsdb.retention.size 512MB --web.listen-address 127.0.0.1:9090 --log.level warn
}

# OpenSearch refuses to run as root: in a user namespace of its own it is not, and files that are root's are yet its own.
start_opensearch() {
    local folder=$1/opensearch home java
    java=$(readlink -f "$(command -v java)")
    home=$(tool_dir opensearch)
    mkdir -p "$folder"/{data,logs,temporary}
    cp -r "$home/config" "$folder/"
    cat >"$folder/config/opensearch.yml" <<END
cluster.name: logs
discovery.type: single-node
network.host: 127.0.0.1
path.data: $folder/data
path.logs: $folder/logs
cluster.routing.allocation.disk.threshold_enabled: false
END
    # Its standard options log garbage collection into the folder that it is installed in.
    grep -v logs/ "$home/config/jvm.options" >"$folder/config/jvm.options"
    start shared opensearch env OPENSEARCH_JAVA_HOME="${java%/bin/java}" OPENSEARCH_PATH_CONF="$folder/config" OPENSEARCH_TMPDIR="$folder/temporary" \
        OPENSEARCH_JAVA_OPTS="-Xms512m -Xmx512m -XX:TieredStopAtLevel=1" unshare --user --map-user=1000 --map-group=1000 "$home/bin/opensearch"
}

push_images() {
    image --registry http://127.0.0.1:5000 --program "$(command -v shop)" <"$dev/../e2e/images.txt"
    image --registry http://127.0.0.1:5000 --program "$(command -v pause)" <<<$'[pause]\n1'
}

# Where things listen, to be read by scripts and tests.
write_endpoints() {
    cat >"$state/endpoints.env" <<END
SCAP_DEV_REGISTRY=127.0.0.1:5000
SCAP_DEV_PROMETHEUS=http://127.0.0.1:9090
SCAP_DEV_OPENSEARCH=http://127.0.0.1:9200
END
}

answers() { inside curl --silent --fail --noproxy '*' --max-time 2 "$1"; }

bring_up_shared() {
    local folder=$state/parts/shared began=$SECONDS
    mkdir -p "$folder/targets"
    forget_ended shared
    inside ip address replace 192.168.0.1/32 dev lo
    # The slowest first.
    start_opensearch "$folder"
    start_registry "$folder"
    start_prometheus "$folder"
    wait_until shared 30 answers http://127.0.0.1:5000/v2/
    inside bash -c "$(declare -f push_images); dev=$dev push_images"
    wait_until shared 30 answers http://127.0.0.1:9090/-/ready
    wait_until shared 60 answers http://127.0.0.1:9200/_cluster/health
    write_endpoints
    printf '%-8s ready after %d s\n' shared $((SECONDS - began))
}
