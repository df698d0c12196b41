# The function app as a container, for Elastic Premium. Its context is the folder that `./dev package` creates:
#
#   ./dev package --blob-source eventgrid
#   docker build --file deploy/containers/handler.Dockerfile --tag darkroom-handler target/functionapp
#
# The handler needs nothing except glibc, which the package command checks. The base image may change its glibc, so the
# handler is started once while the image is built.
FROM mcr.microsoft.com/azure-functions/base:4

ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \
    FUNCTIONS_WORKER_RUNTIME=custom

COPY --chown=root:root . /home/site/wwwroot
RUN chmod 0755 /home/site/wwwroot/darkroom \
    && /home/site/wwwroot/darkroom presets check /home/site/wwwroot
# No CMD and no ENTRYPOINT: the base image starts the host, and the host starts the handler.
